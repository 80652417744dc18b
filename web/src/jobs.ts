// What the API says of jobs and recipes (src/server/openapi/openapi.json).
import {duration} from './format';

export interface Progress {
  rows_read?: number;
  rows_written?: number;
  bytes_done?: number;
  bytes_total?: number | null;
  datasets?: {name: string; stages: Stage[]}[];
}
export interface Job {
  id: string;
  kind: string;
  recipe: string | null;
  options: {set?: Record<string, string>; limit?: number | null; seed?: number | null; dry_run?: boolean; push?: boolean};
  state: string;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
  exit_status: number | null;
  error: string | null;
  progress: Progress | null;
}
export interface Jobs {
  jobs: Job[];
  next: string | null;
}
export interface Artefact {
  name: string;
  size: number;
  sha256: string;
  url: string;
}
export interface Parameter {
  name: string;
  type: 'string' | 'integer' | 'number' | 'boolean';
  default: string | null;
  required: boolean;
  secret: boolean;
  help: string;
  use: 'free' | 'place' | 'fixed';
}
export interface Recipe {
  name: string;
  description: string;
  parameters: Parameter[];
}
export interface Stage {
  name: string;
  rows_in: number;
  rows_out: number;
  dropped: Record<string, number>;
  counts?: Record<string, number>;  // Not while the run goes on.
  seconds?: number;                 // Only of progress: until it last gained a row.
}
/** What a stage was asked, in one line. */
export interface Asked {
  dataset: string;
  stage: string;
  asked: string;
}
export interface Manifest {
  seed?: number;
  recipe?: string;
  parameters?: Record<string, unknown>;
  datasets?: {name: string; rows_read: number; rows_written: number; splits?: Record<string, number>; stages?: Stage[]}[];
}

export const ended = (job: Job): boolean => !['queued', 'running'].includes(job.state);

export const nameOf = (job: Job): string => job.recipe ?? job.kind;

export function lengthMs(job: Job, now = Date.now()): number | null {
  if (!job.started_at) return null;
  return (job.ended_at ? Date.parse(job.ended_at) : now) - Date.parse(job.started_at);
}

export function lengthOf(job: Job): string {
  const ms = lengthMs(job);
  return ms === null ? '' : duration(ms);
}

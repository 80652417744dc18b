// The list of runs, newest first; asked again every two seconds while one of them works.
import {useEffect, useState} from 'preact/hooks';
import {askJson, ApiError, useJson} from './api';
import {count, time} from './format';
import {ended, lengthOf, nameOf, type Job, type Jobs} from './jobs';
import {Empty, ErrorBox, Shown, State, Title, Wide} from './parts';
import {changeQuery, linkTo, useRoute} from './route';

const STATES = ['queued', 'running', 'completed', 'failed', 'cancelled', 'interrupted'];
const SOON_MS = 2000, LATER_MS = 10000;

export function JobTable({jobs, label}: {jobs: Job[]; label: string}) {
  return (
    <Wide label={label}>
      <table class="list">
        <thead><tr>
          <th scope="col">Run</th><th scope="col">State</th><th scope="col">Started</th><th scope="col" class="n">Took</th>
          <th scope="col" class="n">Rows in</th><th scope="col" class="n">Rows out</th><th scope="col">Options</th>
        </tr></thead>
        <tbody>
          {jobs.map((job) => (
            <tr key={job.id}>
              <th scope="row"><a href={linkTo(['runs', job.id])} dir="auto">{nameOf(job)}</a> <small>{job.id.slice(0, 8)}</small></th>
              <td><State state={job.state} /></td>
              <td>{time(job.started_at ?? job.created_at)}</td>
              <td class="n">{lengthOf(job)}</td>
              <td class="n">{job.progress?.rows_read === undefined ? '' : count(job.progress.rows_read)}</td>
              <td class="n">{job.progress?.rows_written === undefined ? '' : count(job.progress.rows_written)}</td>
              <td class="data short" dir="auto">{optionsOf(job)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}

export function optionsOf(job: Job): string {
  const {set = {}, limit, seed, dry_run: dry, push} = job.options;
  const said = Object.entries(set).map(([name, value]) => `${name}=${value}`);
  if (limit !== null && limit !== undefined) said.push(`limit=${limit}`);
  if (seed !== null && seed !== undefined) said.push(`seed=${seed}`);
  if (dry) said.push('dry run');
  if (push) said.push('published');
  return said.join(', ');
}

export function RunList() {
  const {query} = useRoute();
  const state = STATES.includes(query.state) ? query.state : '';
  const first = useJson<Jobs>('/api/v1/jobs', {state, limit: 50});
  const [older, setOlder] = useState<Jobs>({jobs: [], next: null});
  const [wrong, setWrong] = useState<ApiError | null>(null);
  useEffect(() => setOlder({jobs: [], next: null}), [state]);
  const busy = first.data?.jobs.some((job) => !ended(job)) ?? false;
  useEffect(() => {
    const timer = setInterval(() => document.hidden || first.reload(), busy ? SOON_MS : LATER_MS);
    return () => clearInterval(timer);
  }, [busy, first.reload]);
  const next = older.jobs.length ? older.next : first.data?.next;
  const more = async () => {
    try {
      const page = await askJson<Jobs>('/api/v1/jobs', {state, limit: 50, before: next});
      setOlder({jobs: [...older.jobs, ...page.jobs], next: page.next});
      setWrong(null);
    } catch (error) {
      setWrong(error as ApiError);
    }
  };
  return (
    <>
      <div class="head"><Title>Runs</Title><a class="button main" href={linkTo(['recipes'])}>Start a run</a></div>
      <p class="filters">
        <label>State <select value={state} onChange={(event) => changeQuery({state: event.currentTarget.value})}>
          <option value="">all</option>
          {STATES.map((name) => <option key={name}>{name}</option>)}
        </select></label>
      </p>
      <Shown from={first} what="Loading the runs" show={(page) => {
        const known = new Set(page.jobs.map((job) => job.id));
        const jobs = [...page.jobs, ...older.jobs.filter((job) => !known.has(job.id))];
        if (!jobs.length) return <Empty>{state ? `No run is ${state}.` : 'Nothing has run yet.'} <a href={linkTo(['recipes'])}>Start a recipe</a></Empty>;
        return <JobTable jobs={jobs} label="Runs" />;
      }} />
      {wrong && <ErrorBox error={wrong} />}
      {next && <p><button type="button" onClick={more}>Older runs</button></p>}
    </>
  );
}

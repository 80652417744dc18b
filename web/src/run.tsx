// One run: how far it is, what each stage did, what it says, what it made.
import {useEffect, useRef, useState} from 'preact/hooks';
import {ApiError, ask, post, readEvents, useJson} from './api';
import {bytes, count, duration, share, time, words} from './format';
import type {SetDetail} from './data';
import {ended, lengthMs, nameOf, type Artefact, type Asked, type Job, type Progress, type Stage} from './jobs';
import {Bar, Empty, ErrorBox, Facts, Loading, Shown, State, Title, Wide} from './parts';
import {linkTo, type Query} from './route';
import {optionsOf} from './runs';

const LINES_MAX = 5000;  // Of the log that are shown; the file has all.
const AGAIN_MS = 2000;

interface Line {
  stream: string;
  line: string;
}
interface Followed {
  job: Job | null;
  lines: Line[];
  error: ApiError | null;
  broken: boolean;
}

/** Reads a job and then its events, again from where they broke off, until it has ended. */
function useFollowed(id: string): Followed {
  const [state, setState] = useState<Followed>({job: null, lines: [], error: null, broken: false});
  useEffect(() => {
    const stop = new AbortController();
    let last = '', done = false, pending: Line[] = [], timer = 0;
    const flush = () => {
      timer = 0;
      const more = pending;
      pending = [];
      setState((old) => ({...old, lines: [...old.lines, ...more].slice(-LINES_MAX)}));
    };
    const change = (job: Partial<Job>) => setState((old) => ({...old, broken: false, job: old.job && {...old.job, ...job}}));
    const follow = async () => {
      while (!done && !stop.signal.aborted) {
        try {
          const job = await (await ask(`/api/v1/jobs/${id}`, {signal: stop.signal})).json() as Job;
          setState((old) => ({...old, job, error: null, broken: false}));
          await readEvents(`/api/v1/jobs/${id}/events`, (event) => {
            last = event.id || last;
            if (event.type === 'log') {
              pending.push(event.data as Line);
              timer ||= window.setTimeout(flush, 100);
            }
            if (event.type === 'progress') change({progress: event.data as Progress});
            if (event.type === 'state') change(event.data as Partial<Job>);
            if (event.type === 'end') done = true, change(event.data as Job);
          }, stop.signal, last);
        } catch (error) {
          if (stop.signal.aborted) return;
          const lasting = error instanceof ApiError && [400, 401, 403, 404].includes(error.status);
          setState((old) => ({...old, error: lasting || !old.job ? error as ApiError : null, broken: true}));
          if (lasting) return;
        }
        if (!done) await new Promise((go) => setTimeout(go, AGAIN_MS));
      }
    };
    void follow();
    return () => { stop.abort(); clearTimeout(timer); };
  }, [id]);
  return state;
}

/** A clock that ticks while the job runs. */
function useNow(on: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!on) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [on]);
  return now;
}

export function RunPage({id}: {id: string}) {
  const {job, lines, error, broken} = useFollowed(id);
  const now = useNow(job !== null && !ended(job));
  if (error) return <><Title>Run {id.slice(0, 8)}</Title><ErrorBox error={error} /></>;
  if (!job) return <Loading what="Loading the run" />;
  const over = ended(job);
  return (
    <>
      <div class="head">
        <Title>{nameOf(job)}</Title>
        <State state={job.state} />
        <span class="grow" />
        {!over && <Cancel id={id} />}
        {job.state === 'completed' && !job.options.dry_run &&
          <a class="button main" href={linkTo(['data', 'set'], {set: `run/${id}`})}>See the data set</a>}
        {job.recipe && <a class="button" href={linkTo(['recipes', job.recipe], againOf(job))}>Start again</a>}
      </div>
      {broken && !over && <p class="notice" role="status">The connection broke. Trying again…</p>}
      {job.error && <div class="notice bad"><strong>Why it {job.state === 'failed' ? 'failed' : 'ended'}</strong><p class="data" dir="auto">{job.error}</p></div>}
      <Speed job={job} now={now} />
      {job.state !== 'completed' && <StagesSoFar job={job} />}
      {over && <Made job={job} />}
      <Log id={id} lines={lines} over={over} />
    </>
  );
}

/** What the form of the recipe is filled with. */
function againOf(job: Job): Query {
  const {set = {}, limit, seed} = job.options;
  return {set: Object.keys(set).length ? JSON.stringify(set) : undefined, limit, seed};
}

function Cancel({id}: {id: string}) {
  const [said, setSaid] = useState('');
  const cancel = async () => {
    try {
      await post(`/api/v1/jobs/${id}/cancel`);
      setSaid('Asked to end');
    } catch (error) {
      setSaid((error as Error).message);
    }
  };
  return <><span role="status">{said}</span><button type="button" onClick={cancel}>Cancel</button></>;
}

function Speed({job, now}: {job: Job; now: number}) {
  const progress = job.progress ?? {};
  const ms = lengthMs(job, now) ?? 0;
  const per = (n = 0) => (ms > 0 ? n / (ms / 1000) : 0);
  const {rows_read: read, rows_written: written, bytes_done: done = 0, bytes_total: total = null} = progress;
  return (
    <section class="panel" aria-label="Progress">
      {!ended(job) && <Bar done={done} total={total} label="Progress of the run" />}
      <Facts facts={[
        ['Rows in', read === undefined ? '' : count(read)],
        ['Rows out', written === undefined ? '' : count(written)],
        ['Read', done ? `${bytes(done)}${total ? ` of ${bytes(total)} (${share(done, total)})` : ''}` : ''],
        ['Rate', read ? `${count(Math.round(per(read)))} rows/s, ${bytes(Math.round(per(done)))}/s` : ''],
        ['Took', job.started_at ? duration(ms) : ''],
        ['Started', time(job.started_at)], ['Ended', time(job.ended_at)],
        ['Waiting since', job.state === 'queued' ? time(job.created_at) : ''],
        ['Exit status', job.exit_status === null ? '' : String(job.exit_status)],
        ['Options', optionsOf(job)], ['Run', job.id],
      ]} />
    </section>
  );
}

/** As far as the run is, or was when it ended before its time. */
function StagesSoFar({job}: {job: Job}) {
  const datasets = job.progress?.datasets ?? [];
  if (!datasets.length) return null;
  return (
    <section>
      <h2>Stages <small>{ended(job) ? 'as far as they came' : 'so far'}</small></h2>
      {datasets.map((set) => <div key={set.name}><h3 dir="auto">{set.name || 'data'}</h3><StageTable stages={set.stages} name={set.name} /></div>)}
    </section>
  );
}

function Made({job}: {job: Job}) {
  const list = useJson<{artefacts: Artefact[]}>(`/api/v1/jobs/${job.id}/artefacts`);
  const dry = job.options.dry_run;
  return (
    <Shown from={list} what="Loading what it made" show={({artefacts}) => {
      if (!artefacts.length) return <section><h2>Files</h2><Empty>{dry ? 'A dry run keeps no files.' : 'It made no files.'}</Empty></section>;
      const manifest = artefacts.some((artefact) => artefact.name === 'manifest.json');
      return <>{manifest && <Stages job={job} />}<Files artefacts={artefacts} /></>;
    }} />
  );
}

/** The final counts, of the manifest; the times are those of the progress, since no manifest has any. */
function Stages({job}: {job: Job}) {
  const detail = useJson<SetDetail>('/api/v1/data/set', {set: `run/${job.id}`});
  const withSeconds = (name: string, stages: Stage[]): Stage[] => {
    const seen = job.progress?.datasets?.find((one) => one.name === name)?.stages;
    return stages.map((stage, at) => ({...stage, seconds: seen?.[at]?.seconds}));
  };
  return (
    <Shown from={detail} what="Loading the stages" show={({manifest, asked}) => (
      <section>
        <h2>Stages</h2>
        {(manifest?.datasets ?? []).map((set) => (
          <div key={set.name}>
            <h3 dir="auto">{set.name || 'data'} <small>{words(set.rows_read, 'row')} in, {count(set.rows_written)} out
              {Object.entries(set.splits ?? {}).map(([split, rows]) => ` · ${split} ${count(rows)}`)}</small></h3>
            <StageTable stages={withSeconds(set.name, set.stages ?? [])} name={set.name} asked={asked} />
          </div>
        ))}
      </section>
    )} />
  );
}

export function StageTable({stages, name, asked = []}: {stages: Stage[]; name: string; asked?: Asked[]}) {
  const timed = stages.some((stage) => stage.seconds);
  return (
    <Wide label={`Stages of ${name}`}>
      <table class="list">
        <thead><tr><th scope="col">Stage</th><th scope="col" class="n">Rows in</th><th scope="col" class="n">Rows out</th>
          <th scope="col" class="n">Dropped</th>{timed && <th scope="col" class="n">Rows/s</th>}<th scope="col">Why, and what it counted</th></tr></thead>
        <tbody>
          {stages.map((stage, at) => {
            const lost = Object.values(stage.dropped).reduce((sum, rows) => sum + rows, 0);
            const why = Object.entries(stage.dropped).map(([reason, rows]) => `${reason} ${count(rows)}`);
            const counts = Object.entries(stage.counts ?? {}).map(([what, rows]) => `${what} ${count(rows)}`);
            const told = asked.find((one) => one.dataset === name && one.stage === stage.name)?.asked;
            return (
              <tr key={at}>
                <th scope="row" dir="auto" class="data">{stage.name}</th>
                <td class="n">{count(stage.rows_in)}</td><td class="n">{count(stage.rows_out)}</td>
                <td class="n">{lost ? `${count(lost)} (${share(lost, stage.rows_in)})` : ''}</td>
                {timed && <td class="n">{stage.seconds ? count(Math.round(stage.rows_in / stage.seconds)) : ''}</td>}
                <td class="data" dir="auto">{[...why, ...counts].join(', ')}{told && <div class="asked quiet">{told}</div>}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Wide>
  );
}

/** A file is fetched with the token and then saved, since a plain link could not send it. */
async function save(artefact: Artefact): Promise<void> {
  const blob = await (await ask(artefact.url)).blob();
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = artefact.name.split('/').pop() ?? 'file';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

function Files({artefacts}: {artefacts: Artefact[]}) {
  const [wrong, setWrong] = useState<ApiError | null>(null);
  return (
    <section>
      <h2>Files</h2>
      {wrong && <ErrorBox error={wrong} />}
      <Wide label="Files">
        <table class="list">
          <thead><tr><th scope="col">Name</th><th scope="col" class="n">Size</th><th scope="col">SHA-256</th></tr></thead>
          <tbody>
            {artefacts.map((artefact) => (
              <tr key={artefact.name}>
                <th scope="row"><a href={artefact.url} dir="auto" onClick={(event) => {
                  event.preventDefault();
                  save(artefact).then(() => setWrong(null), setWrong);
                }}>{artefact.name}</a></th>
                <td class="n">{bytes(artefact.size)}</td>
                <td class="mono" title={artefact.sha256}>{artefact.sha256.slice(0, 16)}…</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </section>
  );
}

function Log({id, lines, over}: {id: string; lines: Line[]; over: boolean}) {
  const [follow, setFollow] = useState(true);
  const box = useRef<HTMLPreElement>(null);
  useEffect(() => {
    if (follow && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines, follow]);
  return (
    <section>
      <div class="head"><h2>Log</h2>
        <label><input type="checkbox" checked={follow} onChange={(event) => setFollow(event.currentTarget.checked)} /> Follow</label>
      </div>
      {lines.length === 0 ? <Empty>{over ? 'It said nothing.' : 'Nothing yet.'}</Empty> : (
        <pre class="log" ref={box} tabIndex={0} aria-label={`Log of ${id}`} role="region">
          {lines.map((line, at) => <span key={at} class={line.stream} dir="auto">{line.line + '\n'}</span>)}
        </pre>
      )}
    </section>
  );
}

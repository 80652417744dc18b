// What can be run: the list of recipes, and of one its form, its last runs and how they went.
import {useState} from 'preact/hooks';
import {ApiError, askJson, post, useJson, useLoad} from './api';
import {LineChart} from './chart';
import {count, duration, share, time} from './format';
import {ended, lengthMs, type Job, type Jobs, type Parameter, type Recipe} from './jobs';
import {Empty, ErrorBox, Facts, Shown, Title} from './parts';
import {linkTo, useRoute} from './route';
import {JobTable} from './runs';

const RUNS_MAX = 500;  // Of this recipe: how far back the charts look.
const PAGE = 100;

export function RecipeList() {
  const list = useJson<{recipes: {name: string; description: string}[]}>('/api/v1/recipes');
  return (
    <>
      <Title>Recipes</Title>
      <Shown from={list} what="Loading the recipes" show={({recipes}) => recipes.length === 0 ? <Empty>This server has no recipes.</Empty> : (
        <ul class="cards">
          {recipes.map((recipe) => (
            <li key={recipe.name}><a href={linkTo(['recipes', recipe.name])} dir="auto">{recipe.name}</a><p dir="auto">{recipe.description}</p></li>
          ))}
        </ul>
      )} />
    </>
  );
}

export function RecipePage({name}: {name: string}) {
  const recipe = useJson<Recipe>(`/api/v1/recipes/${encodeURIComponent(name)}`);
  return (
    <>
      <Title>{name}</Title>
      <Shown from={recipe} what="Loading the recipe" show={(found) => (
        <>
          <p dir="auto" class="lead">{found.description}</p>
          <div class="columns"><RunForm recipe={found} /><History name={name} /></div>
        </>
      )} />
    </>
  );
}

/** The parameter or field that a refusal is about, if it says so. */
function fieldOf(message: string, names: string[]): string {
  for (const match of message.matchAll(/\b(?:parameter[= ]|field=|name=|option=)([\w.-]+)/g)) {
    const found = match[1].replace(/^(params|set)\./, '');
    if (names.includes(found)) return found;
  }
  return names.find((name) => message.includes(` ${name}: `)) ?? '';
}

function RunForm({recipe}: {recipe: Recipe}) {
  const [wrong, setWrong] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const {query} = useRoute();
  const given = givenOf(query.set);
  const open = recipe.parameters.filter((parameter) => parameter.use !== 'fixed');
  const fixed = recipe.parameters.filter((parameter) => parameter.use === 'fixed');
  const names = [...recipe.parameters.map((parameter) => parameter.name), 'limit', 'seed'];
  const at = wrong ? fieldOf(wrong.message, names) : '';
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const set: Record<string, string> = {};
    for (const parameter of open) {
      const value = String(form.get(`set.${parameter.name}`) ?? '');
      if (value !== (parameter.default ?? '')) set[parameter.name] = value;
    }
    const body: Record<string, unknown> = {recipe: recipe.name, set, dry_run: form.get('dry_run') !== null};
    for (const name of ['limit', 'seed']) if (form.get(name)) body[name] = Number(form.get(name));
    if (form.get('push')) body.push = true;
    setBusy(true);
    try {
      const job = await post<Job>('/api/v1/jobs', body);
      location.hash = linkTo(['runs', job.id]);
    } catch (error) {
      setWrong(error as ApiError);
      setBusy(false);
    }
  };
  const said = (name: string) => at === name && <span class="wrong" role="alert" id={`wrong-${name}`} dir="auto">{wrong?.message}</span>;
  return (
    <form class="panel" onSubmit={submit} aria-label="Start a run">
      <h2>Start a run</h2>
      {open.map((parameter) => <Field key={parameter.name} parameter={parameter} value={given[parameter.name] ?? parameter.default ?? ''} wrong={at === parameter.name ? said(parameter.name) : null} />)}
      <div class="pair">
        <label class="field">Seed <input name="seed" type="number" min="0" max="4294967295" placeholder="42" defaultValue={query.seed} aria-describedby="wrong-seed" />{said('seed')}</label>
        <label class="field">Limit, rows <input name="limit" type="number" min="0" placeholder="all" defaultValue={query.limit} aria-describedby="wrong-limit" />{said('limit')}</label>
      </div>
      <label class="check"><input type="checkbox" name="dry_run" /> Dry run: read and check, write nothing</label>
      <label class="check"><input type="checkbox" name="push" /> Publish when it is done, where this server may</label>
      {fixed.length > 0 && (
        <details><summary>{fixed.length} of the operator alone</summary>
          <dl class="facts">{fixed.map((parameter) => (
            <div key={parameter.name}><dt>{parameter.name}</dt><dd dir="auto">{parameter.help}{parameter.default && ` (${parameter.default})`}{at === parameter.name && said(parameter.name)}</dd></div>
          ))}</dl>
        </details>
      )}
      {wrong && !at && <ErrorBox error={wrong} />}
      <p><button class="main" type="submit" disabled={busy}>{busy ? 'Starting…' : 'Start'}</button></p>
    </form>
  );
}

/** Values of an earlier run, in the address. */
function givenOf(text: string | undefined): Record<string, string> {
  try {
    return (JSON.parse(text ?? '{}') ?? {}) as Record<string, string>;
  } catch {
    return {};
  }
}

const HINTS = {string: '', integer: 'a whole number', number: 'a number', boolean: ''};

function Field({parameter, value, wrong}: {parameter: Parameter; value: string; wrong: preact.ComponentChildren}) {
  const {name, type, help, required, use} = parameter;
  const id = `field-${name}`;
  const hints = [HINTS[type], use === 'place' ? 'a path below an input folder of the server' : '', required ? 'needed' : ''].filter(Boolean).join('; ');
  const shared = {id, name: `set.${name}`, required, 'aria-describedby': `${id}-help`, 'aria-invalid': wrong ? true : undefined} as const;
  return (
    <div class="field">
      <label for={id}>{name}{hints && <small> {hints}</small>}</label>
      {type === 'boolean'
        ? <select {...shared}>{['true', 'false'].map((one) => <option key={one} selected={one === value}>{one}</option>)}</select>
        : <input {...shared} dir="auto" defaultValue={value} inputMode={type === 'string' ? 'text' : 'decimal'} autocomplete="off" />}
      <p class="help" id={`${id}-help`}><span dir="auto">{help}</span> {wrong}</p>
    </div>
  );
}

async function runsOf(name: string, signal: AbortSignal): Promise<Jobs> {
  const found: Jobs = {jobs: [], next: ''};
  while (found.next !== null && found.jobs.length < RUNS_MAX) {
    const page: Jobs = await askJson<Jobs>('/api/v1/jobs', {recipe: name, limit: PAGE, before: found.next}, signal);
    found.jobs.push(...page.jobs);
    found.next = page.jobs.length > 0 ? page.next : null;
  }
  return found;
}

function History({name}: {name: string}) {
  const runs = useLoad<Jobs>(name, (signal) => runsOf(name, signal));
  return (
    <section>
      <h2>Earlier runs</h2>
      <Shown from={runs} what="Loading its runs" show={({jobs, next}) => jobs.length === 0 ? <Empty>It has not run here yet.</Empty> : (
        <><HistoryCharts jobs={jobs} more={next !== null} /><JobTable jobs={jobs.slice(0, 20)} label="Earlier runs" /></>
      )} />
    </section>
  );
}

/** How it went; a dry run writes nothing and is quick, so it is counted and left out of the rest. */
function HistoryCharts({jobs, more}: {jobs: Job[]; more: boolean}) {
  const real = jobs.filter((job) => !job.options.dry_run);
  const dry = jobs.length - real.length;
  const runs = (more ? 'the last ' : '') + count(jobs.length) + (dry ? `, ${count(dry)} of them dry` : '');
  const over = real.filter(ended);
  const good = over.filter((job) => job.state === 'completed');
  const lengths = good.map((job) => lengthMs(job)).filter((ms): ms is number => ms !== null);
  const mean = lengths.length ? lengths.reduce((sum, ms) => sum + ms, 0) / lengths.length : null;
  const shown = good.filter((job) => job.ended_at && job.progress).reverse();
  const x = shown.map((job) => Date.parse(job.ended_at ?? '') / 1000);
  return (
    <>
      <Facts facts={[
        ['Runs', runs],
        ['Succeeded', over.length ? `${count(good.length)} of ${count(over.length)} (${share(good.length, over.length)})` : ''],
        ['Mean duration', mean === null ? '' : duration(mean)], ['Last', time(jobs[0].created_at)],
      ]} />
      {dry > 0 && <p class="help">Dry runs are left out of the rest: they write nothing.</p>}
      {shown.length > 0 && (
        <>
          <LineChart title="Rows by version" x={x} head="Ended" lines={[
            {name: 'Rows in', values: shown.map((job) => job.progress?.rows_read ?? null)},
            {name: 'Rows out', values: shown.map((job) => job.progress?.rows_written ?? null)}]} show={count} />
          <LineChart title="Duration" x={x} head="Ended"
            lines={[{name: 'Seconds', values: shown.map((job) => (lengthMs(job) ?? 0) / 1000)}]} show={(s) => duration(s * 1000)} />
        </>
      )}
    </>
  );
}

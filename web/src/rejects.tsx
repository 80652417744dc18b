// Why rows were dropped, with samples: found by a part of their text or by their number in the source.
import {useEffect, useState} from 'preact/hooks';
import {useJson} from './api';
import type {SetDetail} from './data';
import {count, share, words} from './format';
import {Empty, Shown} from './parts';
import {changeQuery} from './route';
import {visible} from './visible';

interface Sample {
  file: string;
  row: number | string;
  why?: string | null;
  data?: string | null;
}
interface Reason {
  dataset: string;
  stage: string;
  reason: string;
  rows: number;
  matches: number;
  asked: string | null;
  samples: Sample[];
}
interface Answer {
  rows: number;
  complete: boolean;
  kept: boolean;
  reasons: Reason[];
}

const SAMPLES = 5, MORE_SAMPLES = 100;

export function Rejects({set, query}: {set: SetDetail; query: Record<string, string>}) {
  const one = {stage: query.stage, reason: query.reason};
  const answer = useJson<Answer>('/api/v1/data/rejects', {set: set.id, revision: query.revision, q: query.why, row: query.source_row, ...one, samples: one.reason ? MORE_SAMPLES : SAMPLES});
  return (
    <section aria-label="Dropped rows">
      <Form query={query} />
      <Shown from={answer} what="Reading the dropped rows" show={(found) => <Reasons answer={found} asked={Boolean(query.why || query.source_row)} chosen={Boolean(one.reason)} />} />
      {answer.error?.status === 422 && <Empty>How many rows were dropped, and why, is not known here.</Empty>}
    </section>
  );
}

function Form({query}: {query: Record<string, string>}) {
  const [why, setWhy] = useState(query.why ?? '');
  const [row, setRow] = useState(query.source_row ?? '');
  useEffect(() => { setWhy(query.why ?? ''); setRow(query.source_row ?? ''); }, [query.why, query.source_row]);
  return (
    <form class="filters" onSubmit={(event) => { event.preventDefault(); changeQuery({why, source_row: row}); }}>
      <b>Why was this row dropped?</b>
      <label>Its text <input type="search" value={why} dir="auto" onInput={(event) => setWhy(event.currentTarget.value)} /></label>
      <label>Its number in the source file, counted from 1 <input class="num" inputMode="numeric" value={row} onInput={(event) => setRow(event.currentTarget.value)} /></label>
      <button type="submit">Find</button>
      {(query.why || query.source_row || query.reason) && <button type="button" onClick={() => changeQuery({why: undefined, source_row: undefined, stage: undefined, reason: undefined})}>All reasons</button>}
    </form>
  );
}

function Reasons({answer, asked, chosen}: {answer: Answer; asked: boolean; chosen: boolean}) {
  const {rows, reasons, kept, complete} = answer;
  const matching = reasons.filter((reason) => !asked || reason.matches > 0);
  if (reasons.length === 0 && rows === 0) return <Empty>No row was dropped.</Empty>;
  return (
    <>
      {!kept && <p class="notice quiet">Only the counts were kept: which rows were dropped is not known here.{asked ? ' They cannot be searched.' : ''}</p>}
      {!complete && <p class="notice quiet">There are too many to read them all at once; these are the first.</p>}
      {kept && <p class="quiet">Row numbers here are those of the source files, whose first row is 1 (of JSON lines, the number of the line). The rows of the data set are other ones: the first of them is 0.</p>}
      <p role="status">{words(rows, 'row')} dropped{asked && kept ? `; ${count(reasons.reduce((sum, reason) => sum + reason.matches, 0))} match` : ''}.</p>
      {kept && asked && matching.length === 0 && <Empty>No dropped row has this: it was kept, or was never in the source. Values are searched, with personal data masked.</Empty>}
      {(kept ? matching : reasons).map((reason) => <ReasonCard key={`${reason.dataset}/${reason.stage}/${reason.reason}`} reason={reason} all={rows} chosen={chosen} />)}
    </>
  );
}

function ReasonCard({reason, all, chosen}: {reason: Reason; all: number; chosen: boolean}) {
  return (
    <section class="panel">
      <h2><span class="data" dir="auto">{reason.reason}</span> <small><span class="data" dir="auto">{[reason.dataset, reason.stage].filter(Boolean).join(' / ')}</span></small></h2>
      <p>{words(reason.rows, 'row')} ({share(reason.rows, all)} of the dropped){reason.matches !== reason.rows && `, ${count(reason.matches)} match`}</p>
      {reason.asked && <p class="quiet">The stage was asked: <span class="asked data" dir="auto">{reason.asked}</span></p>}
      <ul class="samples">{reason.samples.map((sample, at) => (
        <li key={at}>
          <small class="data" dir="auto">{sample.file}, row {sample.row} counted from 1{sample.why ? `: ${sample.why}` : ''}</small>
          {sample.data === null || sample.data === undefined ? <p class="quiet">A guard dropped it; its text is not kept.</p> : <pre class="data block" dir="auto" tabIndex={0}>{visible(sample.data)}</pre>}
        </li>
      ))}</ul>
      {!chosen && reason.matches > reason.samples.length && reason.samples.length > 0 &&
        <button type="button" onClick={() => changeQuery({stage: reason.stage, reason: reason.reason})}>More of these</button>}
    </section>
  );
}

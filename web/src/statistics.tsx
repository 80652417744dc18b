// What each column holds, in the shape of the Hub's /statistics: counts, extremes, histograms.
import type {ComponentChildren} from 'preact';
import {useState} from 'preact/hooks';
import type {Place} from './data';
import {count, number, share, words} from './format';
import {BadRows, BarTable, Empty, ErrorBox, Facts, Loading, type Bin} from './parts';
import {useScan} from './scan';
import {ScanBar} from './search';
import {visible} from './visible';

const COLUMNS_SHOWN = 50;
const VALUES_SHOWN = 30;

interface Histogram {
  hist: number[];
  bin_edges: (number | string)[];
}
interface Facts {
  [name: string]: unknown;
  nan_count?: number;
  nan_proportion?: number;
  histogram?: Histogram | null;
  frequencies?: Record<string, number> | null;
}
interface ColumnFacts {
  column_name: string;
  column_type: string;
  column_statistics: Facts;
}
interface Answer {
  num_examples: number;
  statistics: ColumnFacts[];
  partial?: boolean;
  bad_rows?: number;
  first_bad_row?: string;
}

const TYPES: Record<string, string> = {
  class_label: 'class', string_label: 'text, few values', string_text: 'text', int: 'whole number', float: 'number',
  bool: 'true or false', list: 'list', datetime: 'time',
};
const MEASURES: [string, string][] = [['min', 'Least'], ['max', 'Most'], ['mean', 'Mean'], ['median', 'Median'], ['std', 'Deviation'],
  ['n_unique', 'Different values']];
const COUNTS: [string, string][] = [['nan_count', 'Empty'], ['infinite_count', 'Infinite'], ['no_label_count', 'Without a label'], ['unknown_label_count', 'Of no known class']];

export function Statistics({place}: {place: Place}) {
  const scan = useScan<Answer>('/api/v1/data/stats', place);
  const [shown, setShown] = useState(COLUMNS_SHOWN);
  const [typed, setTyped] = useState('');
  const columns = (scan.end?.statistics ?? []).filter((column) => column.column_name.toLowerCase().includes(typed.toLowerCase()));
  return (
    <section aria-label="Statistics">
      <ScanBar scan={scan} what="Counting" />
      {scan.error && <ErrorBox error={scan.error} retry={scan.start} />}
      {scan.stopped && <p class="notice quiet" role="status">Cancelled. <button type="button" onClick={scan.start}>Count again</button></p>}
      {!scan.end && scan.running && scan.rows === 0 && <Loading what="Counting" />}
      {scan.end && (
        <>
          <p class="filters"><label>Column <input type="search" value={typed} onInput={(event) => setTyped(event.currentTarget.value)} /></label>
            <span role="status">{words(scan.end.num_examples, 'row')}, {words(scan.end.statistics.length, 'column')}</span></p>
          <BadRows rows={scan.end.bad_rows} first={scan.end.first_bad_row} />
          {columns.length === 0 && <Empty>{typed ? 'No such column.' : 'There is no column that is counted.'}</Empty>}
          <div class="stats">{columns.slice(0, shown).map((column) => <ColumnCard key={column.column_name} column={column} rows={scan.end?.num_examples ?? 0} />)}</div>
          {columns.length > shown && <button type="button" onClick={() => setShown(shown + COLUMNS_SHOWN)}>{count(columns.length - shown)} more columns</button>}
        </>
      )}
    </section>
  );
}

function shownValue(value: unknown): string {
  if (typeof value === 'number' || (typeof value === 'string' && /^-?\d{16,}$/.test(value))) return number(value);
  return value === null || value === undefined ? '' : String(value);
}

function ColumnCard({column, rows}: {column: ColumnFacts; rows: number}) {
  const facts = column.column_statistics ?? {};
  const lengths = column.column_type === 'string_text' ? ' (characters)' : column.column_type === 'list' ? ' (items)' : '';
  const measures: [string, ComponentChildren][] = MEASURES.filter(([key]) => facts[key] !== undefined && facts[key] !== null).map(([key, title]) => [title, shownValue(facts[key])]);
  for (const [key, title] of COUNTS) {
    const n = facts[key];
    if (typeof n === 'number' && n > 0) measures.push([title, `${count(n)} (${share(n, rows)})`]);
  }
  return (
    <section class="panel stat">
      <h2><span class="data" dir="auto">{visible(column.column_name)}</span> <small>{(TYPES[column.column_type] ?? column.column_type) + lengths}</small></h2>
      <Facts facts={measures} />
      {facts.histogram && facts.histogram.hist.length > 0 && <HistogramChart histogram={facts.histogram} name={column.column_name} />}
      {facts.frequencies && <Frequencies frequencies={facts.frequencies} name={column.column_name} rows={rows} />}
    </section>
  );
}

function Frequencies({frequencies, name, rows}: {frequencies: Record<string, number>; name: string; rows: number}) {
  const [all, setAll] = useState(false);
  const bins: Bin[] = Object.entries(frequencies).sort((a, b) => b[1] - a[1]).map(([value, n]) => ({name: visible(value), value: n, note: share(n, rows)}));
  return (
    <>
      <BarTable bins={all ? bins : bins.slice(0, VALUES_SHOWN)} head={['Value', 'Rows']} caption={`Values of ${name}`} />
      {bins.length > VALUES_SHOWN && !all && <button type="button" onClick={() => setAll(true)}>{count(bins.length - VALUES_SHOWN)} more values</button>}
    </>
  );
}

const WIDTH = 320, HEIGHT = 90;

function HistogramChart({histogram, name}: {histogram: Histogram; name: string}) {
  const {hist, bin_edges: edges} = histogram;
  const most = Math.max(1, ...hist), step = WIDTH / hist.length;
  const range = (at: number) => `${shownValue(edges[at])} to ${shownValue(edges[at + 1] ?? edges[at])}`;
  return (
    <figure class="histogram">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" preserveAspectRatio="none">
        {hist.map((n, at) => (
          <rect key={at} x={at * step + 1} width={Math.max(1, step - 2)} y={HEIGHT - Math.max(n ? 1 : 0, (n / most) * HEIGHT)} height={Math.max(n ? 1 : 0, (n / most) * HEIGHT)}>
            <title>{`${range(at)}: ${count(n)}`}</title>
          </rect>
        ))}
      </svg>
      <p class="ends" aria-hidden="true"><span>{shownValue(edges[0])}</span><span>{shownValue(edges[edges.length - 1])}</span></p>
      <details><summary>Histogram as a table</summary>
        <BarTable bins={hist.map((n, at) => ({name: range(at), value: n}))} head={['From, to', 'Rows']} caption={`Histogram of ${name}`} /></details>
    </figure>
  );
}

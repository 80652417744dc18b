// Search by text and by condition: hits come as they are found, and the search may be ended.
import {useEffect, useState} from 'preact/hooks';
import type {Column, Place, Row} from './data';
import {count, share, words} from './format';
import {Bar, Empty, ErrorBox} from './parts';
import {changeQuery} from './route';
import {RowTable} from './rows';
import {useScan, type Scan} from './scan';

const HITS_MAX = 1000;  // What the server gives at most.
const HITS_SHOWN = 200;

export function SearchForm({query}: {query: Record<string, string>}) {
  const [q, setQ] = useState(query.q ?? '');
  const [filter, setFilter] = useState(query.filter ?? '');
  useEffect(() => { setQ(query.q ?? ''); setFilter(query.filter ?? ''); }, [query.q, query.filter]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    changeQuery({q, filter, row: undefined, offset: undefined});
  };
  return (
    <form class="inline" role="search" onSubmit={submit}>
      <label>Text <input type="search" name="q" value={q} dir="auto" onInput={(event) => setQ(event.currentTarget.value)} /></label>
      <label>Condition <input type="text" name="filter" value={filter} placeholder="score > 0.5 and kind = 'a'" spellcheck={false} onInput={(event) => setFilter(event.currentTarget.value)} /></label>
      <button type="submit">Search</button>
      {(query.q || query.filter) && <button type="button" onClick={() => changeQuery({q: undefined, filter: undefined, row: undefined})}>All rows</button>}
    </form>
  );
}

export function ScanBar<E, H>({scan, what}: {scan: Scan<E, H>; what: string}) {
  if (!scan.running) return null;
  return (
    <div class="scan">
      <Bar done={scan.rows} total={scan.total} label={what} />
      <span role="status">{what}: {words(scan.rows, 'row')}{scan.total ? ` of ${count(scan.total)} (${share(scan.rows, scan.total)})` : ''}</span>
      <button type="button" onClick={scan.stop}>Cancel</button>
    </div>
  );
}

interface Found {
  hits: number;
  rows: number;
  complete: boolean;
}

export function SearchHits({place, q, filter, columns, all, names, open}:
    {place: Place; q?: string; filter?: string; columns?: string; all: Column[]; names: string[]; open: number | null}) {
  const scan = useScan<Found, Row>('/api/v1/data/search', {...place, q, filter, columns, limit: HITS_MAX});
  const shown = columns === undefined ? all : names.map((name) => all.find((column) => column.name === name)).filter((column): column is Column => column !== undefined);
  const [length, setLength] = useState(HITS_SHOWN);
  const {end, hits} = scan;
  return (
    <section aria-label="Found rows">
      <ScanBar scan={scan} what="Searching" />
      {scan.error && <ErrorBox error={scan.error} retry={scan.start} />}
      {scan.stopped && <p class="notice quiet" role="status">Cancelled after {words(hits.length, 'hit')}. <button type="button" onClick={scan.start}>Search again</button></p>}
      {end && <p role="status" class="quiet">{words(end.hits, 'row')} found in {count(end.rows)}{end.complete ? '' : `: the first ${count(end.hits)}, there may be more. A condition makes them fewer`}.</p>}
      {hits.length > 0 ? <RowTable columns={shown} rows={hits.slice(0, length)} open={open} /> : end && <Empty>No row has this.</Empty>}
      {hits.length > length && <button type="button" onClick={() => setLength(length + HITS_SHOWN)}>{count(hits.length - length)} more</button>}
    </section>
  );
}

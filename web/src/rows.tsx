// The rows of a split: a page of them as a table, one of them whole, and search. At most fifty columns
// are shown at a time: of a table of thousands, only those are asked for.
import {useEffect, useRef, useState} from 'preact/hooks';
import {useJson} from './api';
import {FullCell, ShortCell} from './cell';
import {ColumnChooser, COLUMNS_SHOWN, namesOf, shortType} from './columns';
import type {Column, Place, Row, Rows} from './data';
import {count} from './format';
import {BadRows, Empty, Shown, Wide} from './parts';
import {changeQuery} from './route';
import {SearchForm, SearchHits} from './search';
import {visible} from './visible';

const PAGE = 50;

const NONE = '[]';  // Of columns, in the address.

type RouteQuery = Record<string, string>;

export function RowsTab({place, query}: {place: Place; query: RouteQuery}) {
  // One row tells all columns; then only the chosen ones are asked for.
  const header = useJson<Rows>('/api/v1/data/rows', {...place, offset: 0, length: 1});
  return <Shown from={header} what="Reading the columns" show={(first) => <Loaded first={first} place={place} query={query} />} />;
}

function Loaded({first, place, query}: {first: Rows; place: Place; query: RouteQuery}) {
  const all = first.columns;
  const known = new Set(all.map((column) => column.name));
  const wanted = namesOf(query.columns).filter((name) => known.has(name));
  const none = query.columns === NONE;
  const names = (wanted.length || none ? wanted : all.map((column) => column.name)).slice(0, COLUMNS_SHOWN);
  const asked = names.length === all.length ? undefined : JSON.stringify(names);
  const choose = (next: string[]) => changeQuery({columns: next.length === all.length ? undefined : JSON.stringify(next.slice(0, COLUMNS_SHOWN))}, true);
  const searching = Boolean(query.q || query.filter);
  const row = query.row !== undefined && /^\d{1,15}$/.test(query.row) ? Number(query.row) : null;
  return (
    <>
      <div class="filters">
        <SearchForm query={query} />
        <ColumnChooser all={all} names={names} title={`Columns ${count(names.length)} of ${count(all.length)}`} choose={choose}>
          <button type="button" class="text" onClick={() => changeQuery({columns: undefined}, true)}>Show the first</button></ColumnChooser>
      </div>
      {row !== null && <RowPanel place={place} row={row} total={first.rows_total} />}
      {none ? <Empty>No column is chosen.</Empty> : searching
        ? <SearchHits place={place} q={query.q} filter={query.filter} columns={asked} all={all} names={names} open={row} />
        : <Pages place={place} offset={Number(query.offset) || 0} columns={asked} open={row} />}
    </>
  );
}

function Pages({place, offset, columns, open}: {place: Place; offset: number; columns?: string; open: number | null}) {
  const from = Math.max(0, Math.floor(offset / PAGE) * PAGE);
  const page = useJson<Rows>('/api/v1/data/rows', {...place, offset: from, length: PAGE, columns});
  const kept = useRef<Rows | null>(null);
  if (page.data) kept.current = page.data;
  const shown = page.data ?? (page.error ? null : kept.current);
  if (!shown) return <Shown from={page} what="Reading rows" show={() => <></>} />;
  const total = shown.rows_total;
  const last = total === null ? null : Math.max(0, Math.floor((total - 1) / PAGE) * PAGE);
  const go = (to: number) => changeQuery({offset: to || undefined});
  const end = shown.offset + shown.rows.length;
  return (
    <section aria-label="Rows" aria-busy={page.loading}>
      <div class="pager">
        <button type="button" disabled={from === 0} onClick={() => go(0)}>First</button>
        <button type="button" disabled={from === 0} onClick={() => go(from - PAGE)}>Previous</button>
        <span role="status">{shown.rows.length ? `Rows ${count(shown.offset)} to ${count(end - 1)}` : 'No rows'}{total === null ? '' : ` of ${count(total)}`}</span>
        <button type="button" disabled={total === null ? shown.rows.length < PAGE : from + PAGE >= total} onClick={() => go(from + PAGE)}>Next</button>
        {last !== null && <button type="button" disabled={from >= last} onClick={() => go(last)}>Last</button>}
        <Jump total={total} />
      </div>
      <BadRows rows={shown.bad_rows} first={shown.first_bad_row} />
      {shown.rows.length === 0 ? <Empty>{from ? 'There are no rows this far.' : 'This split has no rows.'}</Empty>
        : <RowTable columns={shown.columns} rows={shown.rows} open={open} />}
    </section>
  );
}

function Jump({total}: {total: number | null}) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const field = (event.currentTarget as HTMLFormElement).elements.namedItem('jump') as HTMLInputElement;
    const row = Number(field.value);
    if (field.value === '' || !Number.isInteger(row)) return;
    changeQuery({row, offset: Math.floor(row / PAGE) * PAGE || undefined, q: undefined, filter: undefined});
  };
  return (
    <form class="inline" onSubmit={submit}>
      <label>Go to row <input class="num" name="jump" type="number" min="0" max={total === null ? undefined : Math.max(0, total - 1)} /></label>
      <button type="submit">Go</button>
    </form>
  );
}

export function RowTable({columns, rows, open}: {columns: Column[]; rows: Row[]; open: number | null}) {
  return (
    <Wide label="Table of rows" class="rows">
      <table>
        <thead><tr><th scope="col" class="n">Row</th>{columns.map((column) => (
          <th scope="col" key={column.name} class={numeric(column) ? 'n' : ''}><span class="data" dir="auto">{visible(column.name)}</span><br /><small title={column.type}>{shortType(column)}</small></th>
        ))}</tr></thead>
        <tbody>{rows.map((row) => (
          <tr key={row.row} class={row.row === open ? 'open' : ''}>
            <th scope="row" class="n"><button type="button" class="text" aria-expanded={row.row === open} aria-label={`Open row ${row.row}`}
              onClick={() => changeQuery({row: row.row === open ? undefined : row.row})}>{row.row}</button></th>
            {columns.map((column, at) => <td key={column.name} class={numeric(column) ? 'n' : ''}><div class="clip"><ShortCell cell={row.cells[at]} column={column} /></div></td>)}
          </tr>
        ))}</tbody>
      </table>
    </Wide>
  );
}

const numeric = (column: Column): boolean => column.shape === 'number';

/** One row with all that it has, beside the table or, on a phone, above it. */
function RowPanel({place, row, total}: {place: Place; row: number; total: number | null}) {
  const heading = useRef<HTMLHeadingElement>(null);
  const found = useJson<Rows>('/api/v1/data/rows', {...place, offset: row, length: 1});
  const [shown, setShown] = useState(COLUMNS_SHOWN);
  useEffect(() => heading.current?.focus(), [row]);
  const close = () => {
    changeQuery({row: undefined});
    setTimeout(() => document.querySelector<HTMLElement>(`button[aria-label="Open row ${row}"]`)?.focus());
  };
  const open = (to: number) => changeQuery({row: to, offset: Math.floor(to / PAGE) * PAGE || undefined}, true);
  return (
    <section class="panel row-panel" aria-label={`Row ${row}`} onKeyDown={(event) => event.key === 'Escape' && close()}>
      <div class="head"><h2 ref={heading} tabIndex={-1}>Row {count(row)}</h2><span class="grow" />
        <button type="button" disabled={row === 0} onClick={() => open(row - 1)}>Previous row</button>
        <button type="button" disabled={total !== null && row + 1 >= total} onClick={() => open(row + 1)}>Next row</button>
        <button type="button" onClick={close}>Close</button></div>
      <Shown from={found} what="Reading the row" show={({columns, rows}) => rows.length === 0 ? <Empty>There is no row {count(row)}.</Empty> : (
        <>
          <dl class="row-cells">{columns.slice(0, shown).map((column, at) => (
            <div key={column.name}><dt><span class="data" dir="auto">{visible(column.name)}</span> <small>{shortType(column)}</small></dt>
              <dd><FullCell key={row} cell={rows[0].cells[at]} column={column} place={place} row={row} /></dd></div>
          ))}</dl>
          {columns.length > shown && <button type="button" onClick={() => setShown(shown + 2 * COLUMNS_SHOWN)}>{count(columns.length - shown)} more columns</button>}
        </>
      )} />
    </section>
  );
}

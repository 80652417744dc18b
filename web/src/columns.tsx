// Which columns: ticked in a list that opens, found by a part of their name.
import type {ComponentChildren} from 'preact';
import {useState} from 'preact/hooks';
import type {Column} from './data';
import {count} from './format';
import {visible} from './visible';

export const COLUMNS_SHOWN = 50;
const CHOICES_SHOWN = 200;

/** Names as the address has them: a JSON array, since a name may have any sign in it. */
export function namesOf(text: string | undefined): string[] {
  try {
    const names = JSON.parse(text ?? '[]') as unknown;
    return Array.isArray(names) ? names.map(String) : [];
  } catch {
    return [];
  }
}

export const shortType = (column: Column): string => {
  const type = column.shape === 'class' ? 'class' : column.shape === 'messages' || column.shape === 'harmony' ? column.shape : column.type;
  return type.length > 24 ? type.slice(0, 23) + '…' : type;
};

/** `choose` gets the ticked names in the order of the columns; `children` are more buttons. */
export function ColumnChooser({all, names, title, choose, children}:
    {all: Column[]; names: string[]; title: ComponentChildren; choose: (names: string[]) => void; children?: ComponentChildren}) {
  const [typed, setTyped] = useState('');
  const [open, setOpen] = useState(false);
  const chosen = new Set(names), full = names.length >= COLUMNS_SHOWN;
  const word = typed.toLowerCase();
  const found = open ? all.filter((column) => column.name.toLowerCase().includes(word)) : [];
  const change = (name: string, on: boolean) => choose(all.map((column) => column.name).filter((one) => (one === name ? on : chosen.has(one))));
  return (
    <details class="columns-chooser" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}
      onKeyDown={(event) => { if (event.key === 'Escape') setOpen(false); }}>
      <summary class="button">{title}</summary>
      {open && (
        <div class="panel" role="group" aria-label="Columns">
          <label>Find <input type="search" value={typed} onInput={(event) => setTyped(event.currentTarget.value)}
            onKeyDown={(event) => { if (event.key === 'Enter') event.preventDefault(); }} /></label>
          <p class="help">{full ? `${COLUMNS_SHOWN} are shown at most: take one away to add another. ` : ''}
            <button type="button" class="text" disabled={names.length === 0} onClick={() => choose([])}>None</button>{' '}
            {typed !== '' && found.length > 0 && <button type="button" class="text" onClick={() => choose(found.slice(0, COLUMNS_SHOWN).map((column) => column.name))}>Only these {count(Math.min(found.length, COLUMNS_SHOWN))}</button>}{' '}
            {children}</p>
          <ul>{found.slice(0, CHOICES_SHOWN).map((column) => (
            <li key={column.name}><label><input type="checkbox" checked={chosen.has(column.name)} disabled={!chosen.has(column.name) && full}
              onChange={(event) => change(column.name, event.currentTarget.checked)} /> <span class="data" dir="auto">{visible(column.name)}</span> <small>{shortType(column)}</small></label></li>
          ))}</ul>
          {found.length > CHOICES_SHOWN && <p class="help">{count(found.length - CHOICES_SHOWN)} more: type a part of the name.</p>}
          {found.length === 0 && <p class="help">No such column.</p>}
        </div>
      )}
    </details>
  );
}

// Small pieces that every page uses: states, errors, tabs, bars, tables.
import type {ComponentChildren, JSX} from 'preact';
import {useEffect, useRef} from 'preact/hooks';
import type {ApiError, Loaded} from './api';
import {count} from './format';
import {changeQuery} from './route';

const TITLES: Record<number, string> = {
  [-1]: 'The page could not show this', 0: 'No answer', 400: 'The request was refused', 401: 'A token is needed',
  403: 'Not allowed', 404: 'Not found', 409: 'Not in this state', 413: 'Too large', 422: 'This cannot be read', 429: 'Too many requests',
  500: 'The server could not read this', 502: 'The Hub does not answer', 503: 'The server is busy',
  504: 'The Hub does not answer', 507: 'The disk of the server is full',
};

export function ErrorBox({error, retry}: {error: ApiError; retry?: () => void}) {
  return (
    <div class="notice bad" role="alert">
      <strong>{TITLES[error.status] ?? `Error ${error.status}`}</strong>
      <p dir="auto" class="data">{error.message}</p>
      {retry && <button type="button" onClick={retry}>Try again</button>}
    </div>
  );
}

export function Loading({what = 'Loading'}: {what?: string}) {
  return <p class="notice quiet" role="status">{what}…</p>;
}

export function Empty({children}: {children: ComponentChildren}) {
  return <p class="notice quiet">{children}</p>;
}

/** Lines of a text file that are no row: they have no number, and nothing else counts them. */
export function BadRows({rows, first}: {rows: number | undefined; first: string | undefined}) {
  if (!rows) return null;
  const said = rows === 1 ? '1 line is no row and was passed over.' : `${count(rows)} lines are no row and were passed over.`;
  return <p class="notice">{said}{first && <> The first: {first}</>}</p>;
}

/** An error, the loading line, or what `show` makes of what came. */
export function Shown<T>({from, what, show}: {from: Loaded<T>; what?: string; show: (data: T) => JSX.Element}) {
  if (from.error && !from.data) return <ErrorBox error={from.error} retry={from.reload} />;
  if (!from.data) return <Loading what={what} />;
  return <>{from.error && <ErrorBox error={from.error} retry={from.reload} />}{show(from.data)}</>;
}

export function State({state}: {state: string}) {
  return <span class={`state ${state}`}>{state}</span>;
}

/** `done` of `total`; without a total it says so by moving. */
export function Bar({done, total, label}: {done: number; total: number | null; label: string}) {
  return total ? <progress aria-label={label} max={total} value={Math.min(done, total)} /> : <progress aria-label={label} />;
}

export function Tabs({tabs, open, name = 'tab', clear = []}:
    {tabs: [string, string][]; open: string; name?: string; clear?: string[]}) {
  const cleared = Object.fromEntries(clear.map((key) => [key, undefined]));
  const choose = (tab: string) => changeQuery({...cleared, [name]: tab});
  const move = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (!step) return;
    const at = tabs.findIndex(([tab]) => tab === open);
    const next = tabs[(at + step + tabs.length) % tabs.length][0];
    choose(next);
    (event.currentTarget as HTMLElement).querySelector<HTMLElement>(`[data-tab="${next}"]`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" onKeyDown={move}>
      {tabs.map(([tab, title]) => (
        <button type="button" role="tab" key={tab} data-tab={tab} id={`tab-${tab}`} aria-selected={tab === open}
          aria-controls="panel" tabIndex={tab === open ? 0 : -1} onClick={() => choose(tab)}>{title}</button>
      ))}
    </div>
  );
}

export function Facts({facts}: {facts: [string, ComponentChildren][]}) {
  return (
    <dl class="facts">
      {facts.filter(([, value]) => value !== null && value !== undefined && value !== '').map(([name, value]) => (
        <div key={name}><dt>{name}</dt><dd dir="auto">{value}</dd></div>
      ))}
    </dl>
  );
}

/** A table that may be wider than the screen; then it scrolls by itself, by keys too. */
export function Wide({children, label, class: extra = ''}:
    {children: ComponentChildren; label: string; class?: string}) {
  return <div class={`wide ${extra}`} role="region" aria-label={label} tabIndex={0}>{children}</div>;
}

export interface Bin {
  name: string;
  value: number;
  note?: string;
}

/** Bars in a table: a reader of the screen hears names and numbers. */
export function BarTable({bins, head, caption}: {bins: Bin[]; head: [string, string]; caption: string}) {
  const most = Math.max(1, ...bins.map((bin) => bin.value));
  return (
    <table class="bars">
      <caption>{caption}</caption>
      <thead><tr><th scope="col">{head[0]}</th><th scope="col" class="n">{head[1]}</th><td /></tr></thead>
      <tbody>
        {bins.map((bin, at) => (
          <tr key={at}>
            <th scope="row" dir="auto" class="data">{bin.name}</th>
            <td class="n">{count(bin.value)}{bin.note ? <small> {bin.note}</small> : null}</td>
            <td class="bar" aria-hidden="true"><i style={{width: `${(100 * bin.value) / most}%`}} /></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

let moved = false;  // Not on the first page: there the keyboard begins at the top.
addEventListener('hashchange', () => { moved = true; });

/** The page's heading takes the focus when another page opens, so that a screen reader begins there. */
export function Title({children}: {children: ComponentChildren}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const lost = document.activeElement === document.body || document.activeElement?.closest('nav');
    if (moved && lost) heading.current?.focus({preventScroll: true});
  }, []);
  useEffect(() => {
    document.title = `${heading.current?.textContent ?? ''} · hubmill`;
  });
  return <h1 ref={heading} tabIndex={-1} dir="auto">{children}</h1>;
}

// Where a reader is stands in the address, behind the #: "#/data/set?set=run%2F1&tab=rows&row=12".
// So every view can be linked to, and the browser's Back works.
import {useEffect, useState} from 'preact/hooks';

export interface Route {
  path: string[];
  query: Record<string, string>;
}
export type Query = Record<string, string | number | undefined | null>;

export function parseRoute(hash: string): Route {
  const text = hash.replace(/^#\/?/, '');
  const cut = text.indexOf('?');
  const path = (cut < 0 ? text : text.slice(0, cut)).split('/').filter(Boolean).map(decode);
  const query: Record<string, string> = {};
  if (cut >= 0) new URLSearchParams(text.slice(cut + 1)).forEach((value, name) => (query[name] = value));
  return {path, query};
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function linkTo(path: string[], query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') params.set(name, String(value));
  }
  const text = params.toString();
  return '#/' + path.map(encodeURIComponent).join('/') + (text ? '?' + text : '');
}

/** Changes some values of the query and leaves the rest; `replace` makes no entry of the history. */
export function changeQuery(changes: Query, replace = false): void {
  const route = parseRoute(location.hash);
  const next = linkTo(route.path, {...route.query, ...changes});
  if (next === location.hash) return;
  if (replace) {
    history.replaceState(null, '', next);
    dispatchEvent(new HashChangeEvent('hashchange'));
  } else {
    location.hash = next;
  }
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const follow = () => setRoute(parseRoute(location.hash));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return route;
}

// Asks the server: JSON, texts, and events. The token, where the server needs one, is kept in
// sessionStorage (gone with the tab) and sent as a header; EventSource could not send it, so events
// are read from fetch.
import {useCallback, useEffect, useState} from 'preact/hooks';
import type {Query} from './route';

const TOKEN = 'hubmill-token';

export class ApiError extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

let tokenWanted: () => void = () => undefined;
export function onTokenWanted(act: () => void): void {
  tokenWanted = act;
}
export function keepToken(token: string): void {
  sessionStorage.setItem(TOKEN, token);
}
export function hasToken(): boolean {
  return sessionStorage.getItem(TOKEN) !== null;
}

export function addressOf(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') params.set(name, String(value));
  }
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}

export async function ask(address: string, options: RequestInit = {}): Promise<Response> {
  const headers = new Headers(options.headers);
  const token = sessionStorage.getItem(TOKEN);
  if (token !== null) headers.set('Authorization', `Bearer ${token}`);
  let response: Response;
  try {
    response = await fetch(address, {...options, headers, cache: 'no-store'});
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error;
    throw new ApiError(0, 'The server does not answer. Is hubmill serve still running?');
  }
  if (response.ok) return response;
  if (response.status === 401) tokenWanted();
  const text = await response.text().catch(() => '');
  let message = text.slice(0, 500);
  try {
    const said = JSON.parse(text) as {error?: unknown};
    if (typeof said.error === 'string') message = said.error;
  } catch {
    // Not JSON: a proxy's words, shown as they are.
  }
  throw new ApiError(response.status, message || response.statusText);
}

export async function askJson<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  const response = await ask(addressOf(path, query), {signal});
  return (await response.json()) as T;
}

export async function post<T>(path: string, body?: unknown): Promise<T> {
  const options: RequestInit = {method: 'POST'};
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = {'Content-Type': 'application/json'};
  }
  return (await (await ask(path, options)).json()) as T;
}

export interface ServerEvent {
  id: string;
  type: string;
  data: unknown;
}

/** Reads one stream of server-sent events; ends with the stream. */
export async function readEvents(
  address: string, act: (event: ServerEvent) => void, signal: AbortSignal, lastId = ''): Promise<void> {
  const response = await ask(address, {signal, headers: lastId ? {'Last-Event-ID': lastId} : {}});
  if (!response.body) return;
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    const {value, done} = await reader.read();
    rest += decoder.decode(value, {stream: !done});
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
      const event = parseEvent(rest.slice(0, end));
      rest = rest.slice(end + 2);
      if (event) act(event);
    }
    if (done) return;
  }
}

/** JSON, of which whole numbers beyond 2^53 come as texts with all their digits: extremes of statistics may be such. */
export function parseExact(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text) as unknown;
  return JSON.parse(text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g,
    (token) => (/^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token))) as unknown;
}

function parseEvent(text: string): ServerEvent | null {
  const event = {id: '', type: 'message', data: ''};
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const value = line.slice(colon + 1).replace(/^ /, '');
    const name = line.slice(0, colon);
    if (name === 'id') event.id = value;
    if (name === 'event') event.type = value;
    if (name === 'data') event.data += (event.data ? '\n' : '') + value;
  }
  if (!event.data) return null;
  try {
    return {...event, data: event.type === 'end' ? parseExact(event.data) : JSON.parse(event.data) as unknown};
  } catch {
    return {...event, data: event.data};
  }
}

export interface Loaded<T> {
  data: T | null;
  error: ApiError | null;
  loading: boolean;
  reload: () => void;
}

/** Loads when `key` changes (null: nothing is asked); what came last stays while the same key is asked again. */
export function useLoad<T>(key: string | null, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{key: string | null; data: T | null; error: ApiError | null; loading: boolean}>(
    {key, data: null, error: null, loading: key !== null});
  const [count, setCount] = useState(0);
  useEffect(() => {
    if (key === null) return undefined;
    const stop = new AbortController();
    setState((old) => ({key, data: old.key === key ? old.data : null, error: null, loading: true}));
    load(stop.signal).then(
      (data) => !stop.signal.aborted && setState({key, data, error: null, loading: false}),
      (error: unknown) => {
        if (stop.signal.aborted) return;
        const known = error instanceof ApiError ? error : new ApiError(-1, String((error as Error)?.message ?? error));
        setState((old) => ({...old, error: known, loading: false}));
      });
    return () => stop.abort();
  }, [key, count]);
  const reload = useCallback(() => setCount((n) => n + 1), []);
  const fresh = state.key === key;
  return {data: fresh ? state.data : null, error: fresh ? state.error : null,
          loading: key !== null && (!fresh || state.loading), reload};
}

export function useJson<T>(path: string | null, query: Query = {}): Loaded<T> {
  const address = path === null ? null : addressOf(path, query);
  return useLoad<T>(address, async (signal) => (await (await ask(address ?? '', {signal})).json()) as T);
}

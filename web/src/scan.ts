// What reads a whole split answers as events: how far it is, what it found, and the end.
import {useCallback, useEffect, useState} from 'preact/hooks';
import {addressOf, ApiError, readEvents} from './api';
import type {Query} from './route';

export interface Scan<End, Hit> {
  rows: number;
  total: number | null;
  hits: Hit[];
  end: End | null;
  error: ApiError | null;
  running: boolean;
  stopped: boolean;
  stop: () => void;
  start: () => void;
}

const NOTHING = {rows: 0, total: null, hits: [], end: null, error: null, running: false, stopped: false};

/** Runs while `address` is given; begins anew when it changes, and ends when the page is left. */
export function useScan<End, Hit = never>(path: string | null, query: Query = {}): Scan<End, Hit> {
  const address = path === null ? null : addressOf(path, query);
  type State = Omit<Scan<End, Hit>, 'stop' | 'start'>;
  const [state, setState] = useState<State>(NOTHING);
  const [round, setRound] = useState(0);
  const [control, setControl] = useState<AbortController | null>(null);
  useEffect(() => {
    if (address === null) {
      setState(NOTHING);
      return undefined;
    }
    const stop = new AbortController();
    setControl(stop);
    setState({...NOTHING, running: true});
    let pending: Hit[] = [], timer = 0;
    const flush = () => {
      timer = 0;
      const more = pending;
      pending = [];
      if (more.length) setState((old) => ({...old, hits: [...old.hits, ...more]}));
    };
    const fail = (error: ApiError) => setState((old) => ({...old, error, running: false}));
    let ended = false;
    readEvents(address, (event) => {
      if (event.type === 'progress') {
        const {rows, rows_total: total} = event.data as {rows: number; rows_total: number | null};
        setState((old) => ({...old, rows, total: total ?? null}));
      } else if (event.type === 'hit') {
        pending.push(event.data as Hit);
        timer ||= window.setTimeout(flush, 60);
      } else if (event.type === 'problem') {
        ended = true;
        fail(new ApiError(500, (event.data as {error: string}).error));
      } else if (event.type === 'end') {
        ended = true;
        flush();
        setState((old) => ({...old, end: event.data as End, running: false}));
      }
    }, stop.signal).then(
      () => !ended && fail(new ApiError(0, 'The connection broke before the end.')),
      (error: unknown) => {
        clearTimeout(timer);
        flush();
        if (stop.signal.aborted) setState((old) => ({...old, running: false, stopped: true}));
        else fail(error instanceof ApiError ? error : new ApiError(0, 'The connection broke before the end.'));
      });
    return () => { clearTimeout(timer); stop.abort(); };
  }, [address, round]);
  const stop = useCallback(() => control?.abort(), [control]);
  const start = useCallback(() => setRound((n) => n + 1), []);
  return {...state, stop, start};
}

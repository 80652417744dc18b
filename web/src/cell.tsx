// A value of a row. Everything that came from data becomes a text node, whatever it looks like; its
// direction is its own (dir=auto), so that text from right to left does not turn its neighbours.
import type {ComponentChildren} from 'preact';
import {useMemo, useState} from 'preact/hooks';
import {addressOf, ask} from './api';
import {Conversation, parseHarmony, type Message} from './conversation';
import {classNames, type Cell, type Column, type Place} from './data';
import {bytes, count, words} from './format';
import {Long} from './long';
import {cellOf, hasMore, jsonOf, parseWhole, Special, textOf} from './special';
import {visible} from './visible';

const ITEMS_SHOWN = 100;  // Of a list or object, before "more".
const OPEN_DEPTH = 2;

export function Text({children}: {children: ComponentChildren}) {
  return <span class="data value" dir="auto">{children}</span>;
}

/** In a table: short, on a few lines; the row's own view has the rest. */
export function ShortCell({cell: raw, column}: {cell: Cell; column: Column}) {
  const cell = cellOf(raw ?? null);
  if (cell === null) return <span class="null">null</span>;
  if (cell instanceof Special) return <SpecialShort special={cell} />;
  if (typeof cell === 'string') {
    if (column.shape === 'harmony') return <ShortTalk messages={parseHarmony(cell)} text={cell} />;
    return cell === '' ? <span class="null">empty</span> : <Text>{visible(cell.length > 600 ? cell.slice(0, 600) + '…' : cell)}</Text>;
  }
  if (typeof cell === 'number') return <Named cell={cell} column={column} />;
  if (typeof cell === 'boolean') return <span class="number">{String(cell)}</span>;
  if (column.shape === 'messages' && Array.isArray(cell)) return <ShortTalk messages={messagesOf(cell)} text="" />;
  const text = jsonOf(cell, null);
  return <span class="data value mono" dir="auto">{visible(text.length > 400 ? text.slice(0, 400) + '…' : text)}</span>;
}

function Named({cell, column}: {cell: number; column: Column}) {
  const name = column.shape === 'class' ? classNames(column)?.[cell] : undefined;
  return name === undefined ? <span class="number">{String(cell)}</span> : <span class="class" dir="auto" title={String(cell)}>{visible(name)}</span>;
}

function SpecialShort({special}: {special: Special}) {
  if (special.kind === 'number') return <span class="number">{special.text}</span>;
  const all = special.part === undefined ? special.text : jsonOf(special.part, null);
  const text = all.slice(0, 400), more = special.cut || text.length < all.length;
  return <><span class={`data value${special.kind === 'binary' ? ' mono' : ''}`} dir="auto">{visible(text)}{more && '…'}</span> <small class="tag">{special.mark}</small></>;
}

function ShortTalk({messages, text}: {messages: Message[] | null; text: string}) {
  if (!messages || messages.length === 0) return <Text>{visible(text)}</Text>;
  const last = messages[messages.length - 1];
  return <><small class="tag">{words(messages.length, 'message')}</small> <Text><b>{visible(last.role)}</b> {visible(last.content.slice(0, 300))}</Text></>;
}

export function messagesOf(cell: Cell[]): Message[] | null {
  const messages: Message[] = [];
  for (const item of cell) {
    if (item === null || typeof item !== 'object' || Array.isArray(item) || item instanceof Special) return null;
    const {role, content, channel, ...rest} = item;
    const special = content instanceof Special ? content : null;
    messages.push({
      role: textOf(role), channel: typeof channel === 'string' ? channel : '',
      content: special ? special.text : textOf(content), mark: special?.mark,
      more: Object.values(rest).some((value) => value !== null && value !== undefined) ? jsonOf(rest) : '',
    });
  }
  return messages;
}

/** The whole value, as its shape is best read. */
export function FullCell({cell: raw, column, place, row}: {cell: Cell; column: Column; place: Place; row: number}) {
  const [whole, setWhole] = useState<Cell | undefined>(undefined);
  const [wrong, setWrong] = useState('');
  const cell = useMemo(() => cellOf(raw), [raw]);
  const fetchWhole = async () => {
    try {
      const response = await ask(addressOf('/api/v1/data/cell', {...place, row, column: column.name}));
      const text = await response.text();
      const isText = response.headers.get('Content-Type')?.startsWith('text/plain') ?? false;
      if (response.headers.get('X-Hubmill-Cut')) setWrong(isText ? 'Only the first 16 MiB are shown.' : 'It is longer than 16 MiB: only its beginning is shown.');
      if (isText || !response.headers.get('X-Hubmill-Cut')) setWhole(isText ? text : parseWhole(text));
    } catch (error) {
      setWrong((error as Error).message);
    }
  };
  return (
    <>
      <Value cell={whole === undefined ? cell : whole} column={column} />
      {whole === undefined && hasMore(cell) &&
        <p><button type="button" onClick={fetchWhole}>Show all{cell instanceof Special ? ` ${bytes(cell.bytes)}` : ''}</button></p>}
      {wrong && <p class="wrong" role="alert">{wrong}</p>}
    </>
  );
}

function SpecialFull({special, column}: {special: Special; column: Column}) {
  if (special.kind === 'number') return <span class="number">{special.text}</span>;
  const note = {cut: '', deep: '', binary: ', as hexadecimal digits', invalid: '; each wrong byte is shown as U+FFFD'}[special.kind];
  const said = special.mark + note, mark = <p class="help">{said[0].toUpperCase() + said.slice(1)}.</p>;
  if (special.part !== undefined) return <><Value cell={special.part} column={column} cut />{mark}</>;
  return <>{mark}<pre class="data block" dir="auto" tabIndex={0}>{visible(special.text)}</pre></>;
}

/** `cut`: it is the beginning of the value. */
function Value({cell, column, cut = false}: {cell: Cell; column: Column; cut?: boolean}) {
  const talk = useMemo(() => talkOf(cell, column), [cell, column]);
  if (cell === null) return <span class="null">null</span>;
  if (cell instanceof Special) return <SpecialFull special={cell} column={column} />;
  if (talk) return <Conversation messages={talk} raw={() => textOf(cell)} cut={cut} />;
  if (typeof cell === 'string') {
    const mono = column.shape === 'harmony' || column.shape === 'binary';
    return cell === '' ? <span class="null">empty text</span> : <pre class={`data block${mono ? ' mono' : ''}`} dir="auto" tabIndex={0}><Long text={cell} /></pre>;
  }
  if (typeof cell === 'number') return <Named cell={cell} column={column} />;
  if (typeof cell === 'boolean') return <span class="number">{String(cell)}</span>;
  return <div class="tree"><Tree cell={cell} depth={0} cut={cut} /></div>;
}

function talkOf(cell: Cell, column: Column): Message[] | null {
  if (typeof cell === 'string') return column.shape === 'harmony' ? parseHarmony(cell) : null;
  return column.shape === 'messages' && Array.isArray(cell) ? messagesOf(cell) : null;
}

/** A list or object, its levels opened one by one. */
export function Tree({cell, depth, name, cut = false}: {cell: Cell; depth: number; name?: string; cut?: boolean}) {
  const [open, setOpen] = useState(depth < OPEN_DEPTH);
  const [shown, setShown] = useState(ITEMS_SHOWN);
  const label = name === undefined ? null : <span class="key" dir="auto">{visible(name)}: </span>;
  if (cell instanceof Special && cell.part !== undefined) return <><Tree cell={cell.part} depth={depth} name={name} cut /><small class="tag">{cell.mark}</small></>;
  if (cell === null || typeof cell !== 'object' || cell instanceof Special) {
    const special = cell instanceof Special ? cell : null;
    const text = special ? special.text + (special.cut ? '…' : '') : String(cell);
    const isText = typeof cell === 'string' || (special !== null && special.kind !== 'number');
    return <div class="leaf">{label}<span class={`data ${isText ? '' : 'number'}`} dir="auto"><Long text={text} /></span>{special?.mark && <> <small class="tag">{special.mark}</small></>}</div>;
  }
  const items: [string, Cell][] = Array.isArray(cell) ? cell.map((item, at) => [String(at), item]) : Object.entries(cell);
  const size = `${Array.isArray(cell) ? 'list' : 'object'}${cut ? ', cut: its first' : ' of'} ${count(items.length)}`;
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{label}<small>{size}</small></summary>
      {open && (
        <div class="branch">
          {items.slice(0, shown).map(([key, item]) => <Tree key={key} name={key} cell={item} depth={depth + 1} />)}
          {items.length > shown && <button type="button" onClick={() => setShown(shown + 10 * ITEMS_SHOWN)}>{count(items.length - shown)} more</button>}
        </div>
      )}
    </details>
  );
}

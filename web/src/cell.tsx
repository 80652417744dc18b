// A value of a row. Everything that came from data becomes a text node, whatever it looks like; its
// direction is its own (dir=auto), so that text from right to left does not turn its neighbours.
import type {ComponentChildren} from 'preact';
import {useState} from 'preact/hooks';
import {addressOf, ask} from './api';
import {Conversation, parseHarmony, type Message} from './conversation';
import {classNames, specialOf, type Cell, type Column, type Place, type Special} from './data';
import {bytes, count, words} from './format';

const ITEMS_SHOWN = 100;  // Of a list or object, before "more".
const OPEN_DEPTH = 2;

export function Text({children}: {children: ComponentChildren}) {
  return <span class="data value" dir="auto">{children}</span>;
}

/** In a table: short, on a few lines; the row's own view has the rest. */
export function ShortCell({cell, column}: {cell: Cell; column: Column}) {
  if (cell === null || cell === undefined) return <span class="null">null</span>;
  const special = specialOf(cell);
  if (special) return <SpecialShort special={special} />;
  if (typeof cell === 'string') {
    if (column.shape === 'harmony') return <ShortTalk messages={parseHarmony(cell)} text={cell} />;
    return cell === '' ? <span class="null">empty</span> : <Text>{cell.length > 600 ? cell.slice(0, 600) + '…' : cell}</Text>;
  }
  if (typeof cell === 'number') return <Named cell={cell} column={column} />;
  if (typeof cell === 'boolean') return <span class="number">{String(cell)}</span>;
  if (column.shape === 'messages' && Array.isArray(cell)) return <ShortTalk messages={messagesOf(cell)} text="" />;
  const text = JSON.stringify(cell);
  return <span class="data value mono" dir="auto">{text.length > 400 ? text.slice(0, 400) + '…' : text}</span>;
}

function Named({cell, column}: {cell: number; column: Column}) {
  const name = column.shape === 'class' ? classNames(column)?.[cell] : undefined;
  return name === undefined ? <span class="number">{String(cell)}</span> : <span class="class" dir="auto" title={String(cell)}>{name}</span>;
}

function SpecialShort({special}: {special: Special}) {
  if (special.kind === 'number') return <span class="number">{special.text}</span>;
  const note = {cut: `${bytes(special.bytes)} in all`, deep: `${bytes(special.bytes)} of JSON`, binary: `${bytes(special.bytes)}, binary`, invalid: 'not UTF-8'}[special.kind];
  return <><span class={`data value${special.kind === 'binary' ? ' mono' : ''}`} dir="auto">{special.text.slice(0, 400)}…</span> <small class="tag">{note}</small></>;
}

function ShortTalk({messages, text}: {messages: Message[] | null; text: string}) {
  if (!messages || messages.length === 0) return <Text>{text}</Text>;
  const last = messages[messages.length - 1];
  return <><small class="tag">{words(messages.length, 'message')}</small> <Text><b>{last.role}</b> {last.content.slice(0, 300)}</Text></>;
}

export function messagesOf(cell: Cell[]): Message[] | null {
  const messages: Message[] = [];
  for (const item of cell) {
    if (item === null || typeof item !== 'object' || Array.isArray(item)) return null;
    const {role, content, channel, ...rest} = item;
    messages.push({
      role: typeof role === 'string' ? role : String(role ?? ''), channel: typeof channel === 'string' ? channel : '',
      content: typeof content === 'string' ? content : content === null || content === undefined ? '' : JSON.stringify(content, null, 1),
      more: Object.values(rest).some((value) => value !== null && value !== undefined) ? JSON.stringify(rest, null, 1) : '',
    });
  }
  return messages;
}

/** The whole value, as its shape is best read. */
export function FullCell({cell, column, place, row}: {cell: Cell; column: Column; place: Place; row: number}) {
  const [whole, setWhole] = useState<Cell | undefined>(undefined);
  const [wrong, setWrong] = useState('');
  const special = specialOf(cell);
  const fetchWhole = async () => {
    try {
      const response = await ask(addressOf('/api/v1/data/cell', {...place, row, column: column.name}));
      setWhole(response.headers.get('Content-Type')?.startsWith('text/plain') ? await response.text() : await response.json() as Cell);
      if (response.headers.get('X-Hubmill-Cut')) setWrong('Only the first 16 MiB are shown.');
    } catch (error) {
      setWrong((error as Error).message);
    }
  };
  const said = wrong && <p class="wrong" role="alert">{wrong}</p>;
  if (special && whole === undefined) {
    return (
      <>
        <SpecialFull special={special} />
        {(special.kind === 'cut' || special.kind === 'deep') &&
          <p><button type="button" onClick={fetchWhole}>Show all {bytes(special.bytes)}</button></p>}
        {said}
      </>
    );
  }
  return <><Value cell={whole === undefined ? cell : whole} column={column} />{said}</>;
}

function SpecialFull({special}: {special: Special}) {
  if (special.kind === 'number') return <span class="number">{special.text}</span>;
  const note = {cut: '', deep: '', binary: `The first bytes of ${bytes(special.bytes)}, as hexadecimal digits.`,
                invalid: 'This text is not UTF-8; each wrong byte is shown as U+FFFD.'}[special.kind];
  return <>{note && <p class="help">{note}</p>}<pre class="data block" dir="auto" tabIndex={0}>{special.text}</pre></>;
}

function Value({cell, column}: {cell: Cell; column: Column}) {
  if (cell === null) return <span class="null">null</span>;
  if (typeof cell === 'string') {
    const talk = column.shape === 'harmony' ? parseHarmony(cell) : null;
    if (talk) return <Conversation messages={talk} raw={cell} />;
    return cell === '' ? <span class="null">empty text</span> : <pre class={`data block${column.shape === 'harmony' ? ' mono' : ''}`} dir="auto" tabIndex={0}>{cell}</pre>;
  }
  if (typeof cell === 'number') return <Named cell={cell} column={column} />;
  if (typeof cell === 'boolean') return <span class="number">{String(cell)}</span>;
  const talk = column.shape === 'messages' && Array.isArray(cell) ? messagesOf(cell) : null;
  if (talk) return <Conversation messages={talk} raw={JSON.stringify(cell, null, 1)} />;
  return <div class="tree"><Tree cell={cell} depth={0} /></div>;
}

/** A list or object, its levels opened one by one. */
export function Tree({cell, depth, name}: {cell: Cell; depth: number; name?: string}) {
  const [open, setOpen] = useState(depth < OPEN_DEPTH);
  const [shown, setShown] = useState(ITEMS_SHOWN);
  const label = name === undefined ? null : <span class="key" dir="auto">{name}: </span>;
  const special = cell === null ? null : specialOf(cell);
  if (cell === null || typeof cell !== 'object' || special) {
    const text = special ? special.text : cell === null ? 'null' : String(cell);
    return <div class="leaf">{label}<span class={`data ${typeof cell === 'string' ? '' : 'number'}`} dir="auto">{text}</span></div>;
  }
  const items: [string, Cell][] = Array.isArray(cell) ? cell.map((item, at) => [String(at), item]) : Object.entries(cell);
  const size = Array.isArray(cell) ? `list of ${count(items.length)}` : `object of ${count(items.length)}`;
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

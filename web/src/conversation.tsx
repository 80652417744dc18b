// Messages as a conversation; Harmony text (OpenAI's format of gpt-oss) is taken apart at its tokens:
//   <|start|>ROLE [to=…]<|channel|>CHANNEL<|constrain|>TYPE<|message|>CONTENT<|end|> (or <|return|>, <|call|>)
import {useState} from 'preact/hooks';
import {count, words} from './format';
import {Long} from './long';
import {visible} from './visible';

const MESSAGES_SHOWN = 60;

export interface Message {
  role: string;
  channel: string;
  content: string;
  mark?: string;  // What is to be said of the content: where it was cut.
  more: string;
}

/** null where the text is not Harmony. */
export function parseHarmony(text: string): Message[] | null {
  if (!text.includes('<|message|>')) return null;
  const messages: Message[] = [];
  for (const part of text.split('<|start|>')) {
    if (!part.trim()) continue;
    const cut = part.indexOf('<|message|>');
    if (cut < 0) {
      messages.push({role: part.trim(), channel: '', content: '', more: ''});
      continue;
    }
    const head = part.slice(0, cut), [role, ...rest] = head.split(/<\|(?:channel|constrain)\|>/);
    const end = /<\|(end|return|call)\|>/.exec(part);
    const content = part.slice(cut + '<|message|>'.length, end && end.index > cut ? end.index : undefined);
    const channel = rest.map((word) => word.trim()).join(' ') + (end?.[1] === 'call' ? ', calls a tool' : '');
    messages.push({role: role.trim(), channel, content, more: ''});
  }
  return messages.length > 0 ? messages : null;
}

export function Conversation({messages, raw, cut}: {messages: Message[]; raw: () => string; cut: boolean}) {
  const [plain, setPlain] = useState(false);
  const [shown, setShown] = useState(MESSAGES_SHOWN);
  return (
    <div class="talk">
      <p class="talk-head"><small>{cut ? 'cut: the first ' : ''}{words(messages.length, 'message')}</small>
        <button type="button" class="text" aria-pressed={plain} onClick={() => setPlain(!plain)}>{plain ? 'as a conversation' : 'as it is stored'}</button></p>
      {plain ? <pre class="data block mono" dir="auto" tabIndex={0}><Long text={raw()} /></pre> : (
        <ol>
          {messages.slice(0, shown).map((message, at) => (
            <li key={at} class={`role-${/^(user|assistant|tool)\b/.exec(message.role)?.[1] ?? 'other'}`}>
              <p class="who"><b dir="auto">{visible(message.role) || 'no role'}</b>{message.channel && <small dir="auto"> {visible(message.channel)}</small>}</p>
              <div class="data said" dir="auto"><Long text={message.content} />{message.mark && <> <small class="tag">{message.mark}</small></>}</div>
              {message.more && <details><summary>more</summary><pre class="data mono" dir="auto"><Long text={message.more} /></pre></details>}
            </li>
          ))}
        </ol>
      )}
      {!plain && messages.length > shown && <button type="button" onClick={() => setShown(shown + MESSAGES_SHOWN)}>{count(messages.length - shown)} more messages</button>}
    </div>
  );
}

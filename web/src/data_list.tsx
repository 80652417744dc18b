// What can be looked at: outputs of runs, folders, data sets of the Hub.
import {useEffect, useState} from 'preact/hooks';
import {useJson} from './api';
import type {SetFacts} from './data';
import {time} from './format';
import {Empty, Shown, Title, Wide} from './parts';
import {changeQuery, linkTo, useRoute} from './route';

const KINDS: [string, string][] = [['run', 'Runs'], ['folder', 'Folders'], ['hub', 'Hub']];
const TYPED_MS = 250;

export function DataList() {
  const {query} = useRoute();
  const [typed, setTyped] = useState(query.search ?? '');
  const list = useJson<{sets: SetFacts[]; problems?: string[]}>('/api/v1/data', {search: query.search});
  useEffect(() => {
    const timer = setTimeout(() => typed !== (query.search ?? '') && changeQuery({search: typed}, true), TYPED_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  useEffect(() => setTyped(query.search ?? ''), [query.search]);
  return (
    <>
      <Title>Data sets</Title>
      <p class="filters"><label>Search <input type="search" value={typed} dir="auto" onInput={(event) => setTyped(event.currentTarget.value)} /></label></p>
      <Shown from={list} what="Loading the data sets" show={({sets, problems = []}) => (
        <>
          {problems.map((problem) => <div class="notice bad" key={problem}><strong>Some are missing</strong><p class="data" dir="auto">{problem}</p></div>)}
          {sets.length === 0 ? <Empty>{query.search ? 'Nothing has this in its name.' : <>There is nothing to see yet. <a href={linkTo(['recipes'])}>Run a recipe</a>, or start the server with --data or --hub.</>}</Empty>
            : <Kinds sets={sets} />}
        </>
      )} />
    </>
  );
}

function Kinds({sets}: {sets: SetFacts[]}) {
  const known = KINDS.map(([kind]) => kind);
  const groups: [string, SetFacts[]][] = KINDS.map(([kind, title]) => [title, sets.filter((set) => kindOf(set) === kind)]);
  groups.push(['Others', sets.filter((set) => !known.includes(kindOf(set)))]);
  return <>{groups.filter(([, found]) => found.length > 0).map(([title, found]) => (
    <section key={title}>
      <h2>{title} <small>{found.length}</small></h2>
      <Wide label={title}>
        <table class="list">
          <thead><tr><th scope="col">Name</th><th scope="col">Where</th><th scope="col">Changed</th><th scope="col">Access</th></tr></thead>
          <tbody>{found.map((set) => (
            <tr key={set.id}>
              <th scope="row" class="data"><a href={linkTo(['data', 'set'], {set: set.id})} dir="auto">{set.title || set.id}</a></th>
              <td class="data" dir="auto">{set.id}</td>
              <td>{time(set.modified)}</td>
              <td>{[set.private && kindOf(set) === 'hub' ? 'private' : '', set.gated ? 'gated' : ''].filter(Boolean).join(', ')}</td>
            </tr>
          ))}</tbody>
        </table>
      </Wide>
    </section>
  ))}</>;
}

const kindOf = (set: SetFacts): string => set.kind || set.id.split('/')[0];

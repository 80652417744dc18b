// One data set: its card and splits, and the tabs that look into its rows.
import {useJson} from './api';
import {Clusters} from './clusters';
import {placeOf, type SetDetail, type Version} from './data';
import {bytes, count, words} from './format';
import {Markdown, splitCard} from './markdown';
import {Empty, ErrorBox, Facts, Shown, Tabs, Title, Wide} from './parts';
import {Rejects} from './rejects';
import {changeQuery, linkTo, useRoute} from './route';
import {RowsTab} from './rows';
import {StageTable} from './run';
import {Statistics} from './statistics';
import {Versions} from './versions';

/** What belongs to one split, and is forgotten with it. */
const OF_SPLIT = ['offset', 'row', 'q', 'filter', 'columns'];

/** What belongs to one tab: `offset` counts rows in one and clusters in another. */
export const OF_TAB = [...OF_SPLIT, 'from', 'key', 'path', 'cluster', 'with', 'why', 'source_row', 'stage', 'reason'];

export function DataSet({id}: {id: string}) {
  const {query} = useRoute();
  const detail = useJson<SetDetail>('/api/v1/data/set', {set: id, revision: query.revision});
  const title = detail.data?.title || id;
  return (
    <>
      <div class="head"><Title>{title}</Title>{title !== id && <span class="quiet data" dir="auto">{id}</span>}
        {id.startsWith('run/') && <a class="button" href={linkTo(['runs', id.slice(4)])}>Its run</a>}</div>
      <Shown from={detail} what="Loading the data set" show={(set) => <Parts set={set} query={query} />} />
    </>
  );
}

function Parts({set: found, query}: {set: SetDetail; query: Record<string, string>}) {
  // The set tells the commits of main; those of another branch or tag are asked for.
  const branch = found.refs?.find((ref) => ref.name === query.branch)?.name ?? '';
  const other = useJson<{versions: Version[]}>(branch ? '/api/v1/data/versions' : null, {set: found.id, revision: branch});
  const set = branch ? {...found, versions: other.data?.versions ?? []} : found;
  const tabs: [string, string][] = [['about', 'About'], ['rows', 'Rows'], ['statistics', 'Statistics'], ['versions', 'Versions'],
    ['duplicates', 'Duplicates'], ['dropped', 'Dropped rows']];
  const tab = tabs.some(([name]) => name === query.tab) ? query.tab : 'about';
  const place = placeOf(set, query);
  const splitted = ['rows', 'statistics', 'versions'].includes(tab);
  return (
    <>
      {set.problems?.map((problem) => <div class="notice bad" key={problem}><strong>Not all could be read</strong><p class="data" dir="auto">{problem}</p></div>)}
      {other.error && <ErrorBox error={other.error} retry={other.reload} />}
      <Tabs tabs={tabs} open={tab} clear={OF_TAB} />
      <div id="panel" role="tabpanel" aria-labelledby={`tab-${tab}`}>
        {(splitted || found.versions.length > 0) && tab !== 'duplicates' && tab !== 'dropped' && <Chooser set={set} config={place.config} split={place.split} splitted={splitted} branch={branch} revision={query.revision ?? ''} />}
        {splitted && !place.split ? <Empty>There are no files of rows here.</Empty>
          : tab === 'rows' ? <RowsTab key={JSON.stringify(place)} place={place} query={query} />
          : tab === 'statistics' ? <Statistics place={place} />
          : tab === 'versions' ? <Versions set={set} place={place} query={query} />
          : tab === 'duplicates' ? <Clusters set={set} query={query} />
          : tab === 'dropped' ? <Rejects set={set} query={query} />
          : <About set={set} />}
      </div>
    </>
  );
}

function Chooser({set, config, split, splitted, branch, revision}:
    {set: SetDetail; config?: string; split?: string; splitted: boolean; branch: string; revision: string}) {
  const cleared = Object.fromEntries(OF_SPLIT.map((name) => [name, undefined]));
  const splits = set.configs.find((one) => one.name === config)?.splits ?? [];
  const versions = set.kind === 'run' ? [] : set.versions;
  const refs = (set.refs ?? []).filter((ref) => ref.name !== 'main');
  if (versions.length === 0 && refs.length === 0 && !(splitted && (splits.length > 1 || set.configs.length > 1))) return null;
  return (
    <p class="filters">
      {splitted && set.configs.length > 1 && <label>Config <select value={config} onChange={(event) => changeQuery({...cleared, config: event.currentTarget.value, split: undefined})}>
        {set.configs.map((one) => <option key={one.name}>{one.name}</option>)}</select></label>}
      {splitted && splits.length > 1 && <label>Split <select value={split} onChange={(event) => changeQuery({...cleared, split: event.currentTarget.value})}>
        {splits.map((one) => <option key={one.name}>{one.name}</option>)}</select></label>}
      {refs.length > 0 && <label>Branch or tag <select value={branch} onChange={(event) => changeQuery({...cleared, branch: event.currentTarget.value, revision: event.currentTarget.value})}>
        <option value="">main</option>
        {refs.map((ref) => <option key={ref.kind + ref.name} value={ref.name}>{ref.name}</option>)}</select></label>}
      {versions.length > 0 && <label>Version <select value={revision} onChange={(event) => changeQuery({...cleared, revision: event.currentTarget.value})}>
        <option value={branch}>newest</option>
        {versions.map((one) => <option key={one.commit} value={one.commit}>{[one.commit.slice(0, 8), ...one.refs, one.title].join(' ').slice(0, 60)}</option>)}</select></label>}
    </p>
  );
}

function About({set}: {set: SetDetail}) {
  const {front, body} = splitCard(set.card ?? '');
  const files = set.configs.flatMap((config) => config.splits.map((split) => ({config: config.name, ...split})));
  return (
    <div class="columns about">
      <section>
        <h2>Splits</h2>
        {files.length === 0 ? <Empty>There are no files of rows here.</Empty> : (
          <Wide label="Splits">
            <table class="list">
              <thead><tr><th scope="col">Config</th><th scope="col">Split</th><th scope="col" class="n">Files</th><th scope="col" class="n">Size</th></tr></thead>
              <tbody>{files.map((split) => (
                <tr key={split.config + '/' + split.name}>
                  <td class="data" dir="auto">{split.config}</td>
                  <th scope="row"><a dir="auto" href={linkTo(['data', 'set'], {set: set.id, revision: set.kind === 'run' ? '' : set.revision, tab: 'rows', config: split.config, split: split.name})}>{split.name}</a></th>
                  <td class="n">{count(split.files)} <small>{split.formats.join(', ')}</small></td><td class="n">{bytes(split.bytes)}</td>
                </tr>
              ))}</tbody>
            </table>
          </Wide>
        )}
        <Facts facts={[['Kind', set.kind], ['Revision', set.revision], ['Versions', set.versions.length ? count(set.versions.length) : ''],
          ['Tables of duplicates', set.clusters.length ? count(set.clusters.length) : '']]} />
        {set.manifest && <Made manifest={set.manifest} asked={set.asked} />}
      </section>
      <section>
        <h2>Card</h2>
        {body.trim() ? <div class="panel"><Markdown text={body} /></div> : <Empty>It has no card (README.md).</Empty>}
        {front && <details><summary>The card's metadata</summary><pre class="block data" dir="auto" tabIndex={0}>{front}</pre></details>}
      </section>
    </div>
  );
}

function Made({manifest, asked}: {manifest: NonNullable<SetDetail['manifest']>; asked: SetDetail['asked']}) {
  return (
    <>
      <h2>How it was made</h2>
      <Facts facts={[['Recipe', manifest.recipe ?? ''], ['Seed', manifest.seed === undefined ? '' : String(manifest.seed)],
        ...Object.entries(manifest.parameters ?? {}).map(([name, value]): [string, string] => [name, String(value)])]} />
      {(manifest.datasets ?? []).map((set) => (
        <details key={set.name}><summary><span dir="auto">{set.name || 'data'}</span> <small>{words(set.rows_read, 'row')} in, {count(set.rows_written)} out</small></summary>
          <StageTable stages={set.stages ?? []} name={set.name} asked={asked} /></details>
      ))}
    </>
  );
}

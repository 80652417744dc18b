import './style.css';
import {render} from 'preact';
import {useEffect, useState} from 'preact/hooks';
import {ask, hasToken, keepToken, onTokenWanted} from './api';
import {DataList} from './data_list';
import {DataSet} from './data_set';
import {Empty, Title} from './parts';
import {RecipeList, RecipePage} from './recipes';
import {linkTo, useRoute} from './route';
import {RunPage} from './run';
import {RunList} from './runs';

const THEMES = ['auto', 'light', 'dark'];

function keptTheme(): string {
  const kept = localStorage.getItem('hubmill-theme') ?? 'auto';
  return THEMES.includes(kept) ? kept : 'auto';
}

function useTheme(): [string, (theme: string) => void] {
  const [theme, setTheme] = useState(keptTheme);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    localStorage.setItem('hubmill-theme', theme);
    dispatchEvent(new Event('theme'));
  }, [theme]);
  return [theme, setTheme];
}

function TokenForm({done}: {done: () => void}) {
  const [wrong, setWrong] = useState(hasToken() ? 'The server refused the token.' : '');
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const field = (event.currentTarget as HTMLFormElement).elements.namedItem('token') as HTMLInputElement;
    keepToken(field.value.trim());
    try {
      await ask('/api/v1/jobs?limit=1');
      done();
    } catch (error) {
      setWrong((error as Error).message === 'Unauthorized' ? 'The server refused the token.' : (error as Error).message);
    }
  };
  return (
    <form class="panel narrow" onSubmit={submit}>
      <Title>This server needs a token</Title>
      <p>It is the value of <code>HUBMILL_TOKEN</code> that the server was started with. It stays in this tab, and is gone with it.</p>
      <label>Token <input name="token" type="password" autocomplete="off" required aria-describedby="token-wrong" /></label>
      <p id="token-wrong" class="wrong" role="alert">{wrong}</p>
      <button class="main" type="submit">Go on</button>
    </form>
  );
}

function Page() {
  const {path, query} = useRoute();
  const [first = 'runs', second] = path;
  if (first === 'runs') return second ? <RunPage key={second} id={second} /> : <RunList />;
  if (first === 'recipes') return second ? <RecipePage key={second} name={second} /> : <RecipeList />;
  if (first === 'data') return second === 'set' && query.set ? <DataSet key={query.set} id={query.set} /> : <DataList />;
  return <><Title>Not found</Title><Empty>There is no such page. <a href={linkTo(['runs'])}>See the runs</a></Empty></>;
}

function App() {
  const [theme, setTheme] = useTheme();
  const [locked, setLocked] = useState(false);
  const [round, setRound] = useState(0);
  const {path} = useRoute();
  useEffect(() => onTokenWanted(() => setLocked(true)), []);
  useEffect(() => {
    scrollTo(0, 0);
  }, [path.join('/')]);
  const here = path[0] ?? 'runs';
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); document.getElementById('main')?.focus(); }}>Skip to the content</a>
      <header>
        <nav aria-label="Pages">
          <a class="brand" href={linkTo(['runs'])}>hubmill</a>
          {[['runs', 'Runs'], ['recipes', 'Recipes'], ['data', 'Data sets']].map(([page, title]) => (
            <a key={page} href={linkTo([page])} aria-current={here === page ? 'page' : undefined}>{title}</a>
          ))}
        </nav>
        <label class="theme"><span>Theme</span>
          <select value={theme} onChange={(event) => setTheme(event.currentTarget.value)}>
            {THEMES.map((name) => <option key={name} value={name}>{name}</option>)}
          </select>
        </label>
      </header>
      <main id="main" tabIndex={-1}>
        {locked ? <TokenForm done={() => { setLocked(false); setRound(round + 1); }} /> : <Page key={round} />}
      </main>
    </>
  );
}

render(<App />, document.body);

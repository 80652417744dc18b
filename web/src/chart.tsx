// A line over versions, evenly spaced, by uPlot, which draws on a canvas; the same numbers stand in a table beside it, for
// readers of the screen and for those who want to copy them.
import {useEffect, useRef, useState} from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import {time} from './format';
import {Wide} from './parts';

export interface Line {
  name: string;
  values: (number | null)[];
}

/** The colours of the style sheet, as the canvas needs them; again when the theme changes. */
function useColours(): string[] {
  const read = () => {
    const probe = document.createElement('i');
    document.body.append(probe);
    const colours = ['ink-1', 'ink-2', 'ink-text', 'ink-grid'].map((name) => {
      probe.className = name;
      return getComputedStyle(probe).color;
    });
    probe.remove();
    return colours;
  };
  const [colours, setColours] = useState(read);
  useEffect(() => {
    const again = () => setColours(read());
    const media = matchMedia('(prefers-color-scheme: dark)');
    addEventListener('theme', again);
    media.addEventListener('change', again);
    return () => { removeEventListener('theme', again); media.removeEventListener('change', again); };
  }, []);
  return colours;
}

const shortTime = (seconds: number | undefined): string =>
  seconds === undefined ? '' : time(new Date(seconds * 1000).toISOString()).slice(5, 16);

export function LineChart({title, x, lines, head, show}:
    {title: string; x: number[]; lines: Line[]; head: string; show: (n: number) => string}) {
  const box = useRef<HTMLDivElement>(null);
  const colours = useColours();
  const key = JSON.stringify([x, lines, colours]);
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const axis = {stroke: colours[2], grid: {stroke: colours[3], width: 1}, ticks: {stroke: colours[3], width: 1}, font: '12px system-ui'};
    const plot = new uPlot({
      width: Math.max(240, element.clientWidth), height: 170, cursor: {y: false}, legend: {show: lines.length > 1, live: false},
      scales: {y: {range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(1e-9, high ?? 1) * 1.1]},
               x: {time: false, range: () => [-0.3, Math.max(x.length - 0.7, 0.3)]}},
      axes: [{...axis, incrs: [1, 2, 5, 10, 20, 50, 100, 200], space: 90, values: (_, ticks) => ticks.map((at) => shortTime(x[at]))}, {...axis, size: 64, values: (_, ticks) => ticks.map(show)}],
      series: [{}, ...lines.map((line, at) => ({label: line.name, stroke: colours[at % 2], width: 2, points: {show: true, size: 6}, dash: at ? [6, 4] : undefined}))],
    }, [x.map((_, at) => at), ...lines.map((line) => line.values)], element);
    const watch = new ResizeObserver(() => plot.setSize({width: Math.max(260, element.clientWidth), height: 170}));
    watch.observe(element);
    return () => { watch.disconnect(); plot.destroy(); };
  }, [key]);
  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <div ref={box} aria-hidden="true" />
      <details><summary>{title} as a table</summary>
        <Wide label={title}>
          <table class="list">
            <thead><tr><th scope="col">{head}</th>{lines.map((line) => <th scope="col" class="n" key={line.name}>{line.name}</th>)}</tr></thead>
            <tbody>{x.map((at, row) => (
              <tr key={row}><th scope="row">{time(new Date(at * 1000).toISOString())}</th>
                {lines.map((line) => <td class="n" key={line.name}>{line.values[row] === null ? '' : show(line.values[row])}</td>)}</tr>
            ))}</tbody>
          </table>
        </Wide>
      </details>
    </figure>
  );
}

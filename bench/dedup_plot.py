"""docs/dedup.svg: throughput beside the peers, what is found against theory, memory by documents.  Plain SVG, light and dark."""

WIDTH, HEIGHT, PANEL = 960, 300, 320
STYLE = """<style>text{font:12px sans-serif;fill:#333}.t{font-weight:bold}.a{stroke:#999;fill:none}.b{fill:#8aa}.o{fill:#c60;stroke:none}
.l{stroke:#c60;stroke-width:2;fill:none}.y{stroke:#888;stroke-dasharray:4 3;fill:none}
@media(prefers-color-scheme:dark){text{fill:#ddd}.b{fill:#577}}</style>"""


def text(x, y, words, anchor="start", more=""):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" {more}>{words}</text>'


def bars(left, rates):
    """MB/s by name, on one scale."""
    out = [text(left + 10, 24, "MB/s, near duplicates, 2 threads", more='class="t"')]
    most = max(rates.values())
    for i, (name, rate) in enumerate(rates.items()):
        y = 44 + i * 38
        width = max(1, 200 * rate / most)
        kind = "o" if name.startswith("hubmill") else "b"
        out += [text(left + 10, y + 10, name), f'<rect class="{kind}" x="{left + 10}" y="{y + 14}" width="{width:.0f}" height="12"/>',
                text(left + 16 + width, y + 24, f"{rate:.0f}")]
    return out


def axes(left, title, x_words, y_words):
    return [text(left + 10, 24, title, more='class="t"'), f'<path class="a" d="M{left + 45} 40V250H{left + 300}"/>',
            text(left + 172, 285, x_words, "middle"), text(left + 45, 38, y_words, "middle")]


def curve(left, found, bands=14, rows=8):
    """Found shares of pairs, by tenths of their Jaccard index, beside 1 - (1 - s^rows)^bands."""
    place = lambda s, p: f"{left + 45 + 255 * s:.0f} {250 - 200 * p:.0f}"
    theory = [place(i / 100, 1 - (1 - (i / 100) ** rows) ** bands) for i in range(101)]
    out = axes(left, "Pairs found, by exact Jaccard index", "Jaccard index (dashes: theory)", "1")
    out.append(f'<path class="y" d="M{"L".join(theory)}"/>')
    for tenth, share in found.items():
        x, y = place(float(tenth) + .05, share).split()
        out.append(f'<circle class="o" cx="{x}" cy="{y}" r="4"/>')
    return out + [text(left + 45 + 255 * s, 266, f"{s}", "middle") for s in (0, .5, 1)]


def memory(left, peaks):
    """Peak MB by documents."""
    most_docs, most_mb = max(docs for docs, _ in peaks), max(mb for _, mb in peaks)
    place = lambda docs, mb: f"{left + 45 + 245 * docs / most_docs:.0f} {250 - 190 * mb / most_mb:.0f}"
    points = [place(docs, mb) for docs, mb in peaks]
    out = axes(left, "Peak memory", "documents", "MB") + [f'<path class="l" d="M{"L".join(points)}"/>']
    for (docs, mb), point in zip(peaks, points):
        x, y = map(float, point.split())
        out += [f'<circle class="o" cx="{x}" cy="{y}" r="4"/>', text(x, y - 10, f"{mb:.0f}", "middle"),
                text(x, 266, f"{docs // 1000}k", "middle")]
    return out


def plot(path, rates, found, peaks):
    parts = bars(0, rates) + curve(PANEL, found) + memory(2 * PANEL, peaks)
    with open(path, "w") as file:
        file.write(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="hubmill dedup beside its peers">'
                   + STYLE + "".join(part + "\n" for part in parts) + "</svg>\n")

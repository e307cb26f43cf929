"""Our HTML pages: one stylesheet for all, light and dark, and nothing that is fetched from anywhere."""

from __future__ import annotations

from shapefield.escaping import escaped

_STYLE = """
:root{color-scheme:light dark;--ink:#1c2026;--soft:#5b6470;--line:#e3e6ea;--page:#fff;--card:#f5f6f8;--accent:#2b6cb0}
@media(prefers-color-scheme:dark){
:root{--ink:#e6e8eb;--soft:#9aa3ae;--line:#33383f;--page:#17191c;--card:#202328;--accent:#7cb3ea}}
body{font:15px/1.55 system-ui,sans-serif;margin:2.5rem auto;max-width:80rem;padding:0 1.25rem;color:var(--ink);
background:var(--page)}
h1{font-size:1.6rem;margin:0}h2{font-size:1.25rem;margin:2.75rem 0 .5rem;border-top:1px solid var(--line);
padding-top:1.5rem}h3{font-size:1rem;margin:1.75rem 0 .4rem}p.lead,figcaption,.note{color:var(--soft)}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{font-size:.92rem;padding:.3rem .9rem .3rem 0;border-bottom:1px solid var(--line);
text-align:right;white-space:nowrap}
th{color:var(--soft);font-weight:500}th:first-child,td:first-child{text-align:left}td.best{font-weight:650;
color:var(--accent)}td.why{text-align:left;white-space:normal;color:var(--soft)}
ul.guide{background:var(--card);border-radius:8px;padding:.8rem 1rem .8rem 2rem;margin:.75rem 0}
figure{margin:0}figcaption{font-size:.85rem;margin-top:.25rem}.grid{display:grid;gap:1rem;
grid-template-columns:repeat(auto-fill,minmax(11rem,1fr))}img{width:100%;border-radius:6px;background:#fff;display:block}
img.pixels{image-rendering:pixelated}svg{max-width:100%;height:auto}
.bar{height:.6rem;width:16rem;border-radius:4px;
background:linear-gradient(90deg,#440154,#3b528b,#21918c,#5ec962,#fde725)}
pre{background:var(--card);padding:.75rem 1rem;border-radius:8px;overflow-x:auto;font-size:.9rem}
"""


def document(title: str, body: str, mark: str) -> str:
    """A whole page. body : HTML;  mark : of `storage.mark`, as a comment"""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><!-- {mark} --><title>{escaped(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body>{body}</body></html>\n"
    )

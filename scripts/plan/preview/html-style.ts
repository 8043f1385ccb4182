import { fonts, pageColours } from "./colours.ts";

/** The style of the page: one layout, which stacks the cells of a table's row where the page is narrow. */
export const pageStyle = `
${pageColours}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 ${fonts}}
main{max-width:1320px;margin:0 auto;padding:24px 20px 64px}
h1{font-size:28px;line-height:1.2;margin:0;letter-spacing:-.01em}h1 span{color:var(--data)}
h2{font-size:19px;margin:40px 0 12px}
header p{margin:6px 0 0;color:var(--muted)}header .note{max-width:75ch;font-size:14px}
code{font:13px/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.tiles{list-style:none;margin:24px 0 0;padding:0;display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px}
.tiles li{background:var(--surface);border:1px solid var(--line);border-radius:10px;padding:12px 14px;display:flex;flex-direction:column}
.tiles b{font-size:21px;line-height:1.25}.tiles small{color:var(--muted);font-size:13px}
figure{margin:0}.picture{overflow-x:auto;background:var(--surface);border:1px solid var(--line);border-radius:12px;padding:8px}
.picture svg{display:block;width:100%;min-width:1080px;height:auto}
figcaption p{color:var(--muted);font-size:14px;margin:12px 0}
.flows{margin:0;padding-left:26px;columns:2 420px;column-gap:40px;font-size:14px}.flows li{break-inside:avoid;margin-bottom:6px}.flows li::marker{font-weight:600}
details{overflow:hidden;border:1px solid var(--line);border-radius:10px;margin-bottom:8px;background:var(--surface)}
summary{cursor:pointer;padding:10px 14px;display:flex;gap:10px;align-items:baseline}summary span{color:var(--muted);font-size:14px}
summary i{margin-left:auto;font-style:normal;font-variant-numeric:tabular-nums;color:var(--muted)}summary::before{content:"▸";color:var(--muted)}details[open]>summary::before{content:"▾"}
.table{overflow-x:auto;border-top:1px solid var(--line)}section>.table{border:1px solid var(--line);border-radius:10px}
table{border-collapse:collapse;width:100%;font-size:14px;background:var(--page)}th,td{text-align:left;padding:6px 14px;vertical-align:top;border-top:1px solid var(--line)}
thead th,tbody tr:first-child>*{border-top:0}thead th{color:var(--muted);font-weight:500}th[scope=row]{font-weight:500;white-space:nowrap}
td:first-child,.short,.figure{white-space:nowrap}.figure{text-align:right;font-variant-numeric:tabular-nums}.component td{font-weight:600}.facts span{margin-right:14px;overflow-wrap:anywhere}.facts i{font-style:normal;color:var(--muted)}
.depth1{padding-left:32px}.depth2{padding-left:50px}.depth3{padding-left:68px}.depth4{padding-left:86px}
.changes{list-style:none;padding:0}.changes ul{margin:2px 0 8px;padding-left:26px}.added b{color:var(--good)}.removed b{color:var(--bad)}.changed b{color:var(--warn)}.changes .type{color:var(--muted)}
pre{white-space:pre-wrap;overflow-wrap:anywhere}
@media(max-width:640px){main{padding:16px 12px 48px}
table,tbody,tr,td,th{display:block}thead{display:none}
tr{padding:8px 12px;border-top:1px solid var(--line)}tbody tr:first-child{border-top:0}
tr>*,tr>:first-child{border:0;padding:1px 0;white-space:normal;overflow-wrap:anywhere}tr>:first-child{font-weight:600}
.depth1,.depth2,.depth3,.depth4{padding:0}.facts span{display:block}
[data-head]{display:flex;gap:16px;justify-content:space-between}[data-head]::before{content:attr(data-head);color:var(--muted)}}
@media print{details>*{display:block!important}main{padding:0}}
`;

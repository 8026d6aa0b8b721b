// The script of every page. Behaviours are bound by data attributes; what each does is said in its file.

import "./htmx.js";
import "./appearance.js";
import "./menus.js";
import "./dialogs.js";
import "./keys.js";
import "./palette.js";
import "./forms.js";
import "./tables.js";
import "./lookup.js";
import "./lines.js";
import "./scan-lines.js";
import "./camera.js";
import "./drafts.js";
import "./later-charts.js";
import "./live.js";
import "./counting.js";
import "./own-timezone.js";

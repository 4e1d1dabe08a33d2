// Our own scripts: one file a behaviour, each imported here with `import "./name.js";`, where it finds its elements by a data- attribute
// and does nothing on a page that has none. No eval, no inline style, no inline handler: the content security policy refuses them.
import "./late.js";
import "./words.js";
import "./printing.js";
import "./still.js";

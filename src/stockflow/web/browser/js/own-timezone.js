// select[data-own-timezone=guess]: a choice of time zones begins with that of the reader's machine.

import { whenShown } from "./dom.js";

whenShown((root) => {
  const own = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const select of root.querySelectorAll("select[data-own-timezone=guess]"))
    if ([...select.options].some((option) => option.value === own)) select.value = own;
});

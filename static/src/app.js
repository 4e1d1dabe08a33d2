// The one script, a module at the end of the page: the parts of the NHS design system that need one, then what is ours, from icr/.
// Every page works without it. A component is added by its name in both lists.
import { createAll, Button, CharacterCount, Checkboxes, ErrorSummary, Header, NotificationBanner, Radios, Scroll, SkipLink } from "nhsuk-frontend";
import "./icr/index.js";

for (const component of [Button, CharacterCount, Checkboxes, ErrorSummary, Header, NotificationBanner, Radios, Scroll, SkipLink]) {
  createAll(component);
}

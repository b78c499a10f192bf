// The talk in pages of this site. Its form works without this script.
import { Talk } from "./talk.js";

for (const section of document.querySelectorAll("[data-talk]")) new Talk(section, JSON.parse(section.dataset.talk));

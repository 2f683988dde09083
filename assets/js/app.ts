// On every page, small, never needed: each page works without it. Forms that want more fetch forms.ts.
import { all } from "./dom";
import { again } from "./again";
import { dates } from "./dates";
import { find, findKey } from "./find";
import { account, fold } from "./nav";
import { tabs } from "./tabs";
import { confirmFirst, sendOnce } from "./submit";
import { checkAll, errorSummary, filters, picks, progress, shortcuts } from "./small";

again();
fold();
account();
all<HTMLFormElement>("form[data-find]").forEach(find);
findKey();
dates();
all("[data-tabs]").forEach(tabs);
errorSummary();
filters();
all<HTMLInputElement>("[data-check-all]").forEach(checkAll);
all(".progress[data-poll]").forEach(progress);
shortcuts();
picks();
confirmFirst();
sendOnce();
if (document.querySelector("[data-autosave],[data-autosave-clear],[data-count],.upload,[data-geolocate],[data-unit-search],[data-check-duplicates]")) {
  void import("./forms");
}

// Fetched only by pages whose forms ask for it.
import { all } from "./dom";
import { autosave, clearSaved } from "./autosave";
import { counters } from "./counters";
import { locate } from "./locate";
import { combobox, duplicates } from "./lookup";
import { survey } from "./survey";
import { steps } from "./steps";
import { upload } from "./upload";

clearSaved();
all<HTMLInputElement>("input[data-unit-search]").forEach(combobox); // first: it marks the hidden field that a draft must keep
all<HTMLFormElement>("form[data-autosave]").forEach(autosave);
counters();
all<HTMLFormElement>("form[data-survey]").forEach(survey);
all<HTMLInputElement>(".upload input[type=file]").forEach(upload);
all<HTMLButtonElement>("[data-geolocate]").forEach(locate);
all<HTMLFormElement>("form[data-check-duplicates]").forEach(duplicates);
all<HTMLFormElement>("form[data-steps]").forEach(steps);

import { live, make } from "./dom";
import { keep, kept } from "./kept";
import { lang, words } from "./words";

const MOST_BYTES = 25 * 1024 * 1024;
const MOST_PIXELS = 2048;
const size = (n: number) => `${(n / 1048576).toLocaleString(lang, { maximumFractionDigits: 1 })} MB`;

/** Scales a photo down; a small or unreadable one comes back as it was. */
async function shrink(file: File): Promise<File> {
  if (!/^image\/(jpeg|png)$/.test(file.type)) return file;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = MOST_PIXELS / Math.max(picture.width, picture.height);
    if (scale >= 1) return file;
    const canvas = make("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d")!.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, file.type, 0.86));
    return blob && blob.size < file.size ? new File([blob], file.name, { type: blob.type, lastModified: file.lastModified }) : file;
  } catch { return file; }
}

export function upload(input: HTMLInputElement) {
  const list = make("ul", { class: "upload-list" });
  const said = live("hint");
  input.after(said, list);
  let busy: Promise<void> | null = null;

  const show = async () => {
    list.querySelectorAll("img").forEach((i) => URL.revokeObjectURL(i.src));
    list.replaceChildren();
    const keep = new DataTransfer();
    let bytes = 0;
    const files = [...(input.files ?? [])];
    if (files.length && input.hasAttribute("data-downscale")) said.textContent = words.shrinking;
    for (const original of files) {
      const file = input.hasAttribute("data-downscale") ? await shrink(original) : original;
      if (file.size > MOST_BYTES) {
        const bad = make("li", { "data-bad": "" });
        bad.append(make("p", { class: "error", role: "alert" }, words.tooBig(file.name)));
        list.append(bad);
        continue;
      }
      keep.items.add(file);
      bytes += file.size;
      const item = make("li");
      if (/^image\/(jpeg|png|webp|avif|gif)$/.test(file.type)) item.append(make("img", { src: URL.createObjectURL(file), alt: "" }));
      item.append(make("span", {}, file.name), make("span", { class: "quiet" }, size(file.size)));
      list.append(item);
    }
    input.files = keep.files;
    said.textContent = keep.files.length ? words.chosen(keep.files.length, size(bytes)) : "";
  };
  void kept(input).then((files) => {
    if (!files.length || input.files?.length) return;
    const again = new DataTransfer();
    files.forEach((file) => again.items.add(file));
    input.files = again.files;
    busy = show().then(() => { said.textContent += ` ${words.stayed}`; }).finally(() => (busy = null));
  });
  input.form?.addEventListener("submit", () => void keep(input));
  input.addEventListener("change", () => { busy = show().finally(() => (busy = null)); });

  // A submit that comes while photos are still being made smaller waits for them.
  input.form?.addEventListener("submit", (event) => {
    if (busy) {
      event.preventDefault();
      event.stopPropagation();
      const by = event.submitter;
      void busy.then(() => input.form!.requestSubmit(by));
    } else if (input.files?.length && !event.defaultPrevented) {
      said.textContent = words.sending;
      said.after(make("progress", { "aria-label": words.sending }));
    }
  });
  addEventListener("pageshow", () => { input.parentElement?.querySelectorAll("progress").forEach((p) => p.remove()); if (input.files?.length) busy = show().finally(() => (busy = null)); });
}

// A field that can be filled by the phone's camera, where the browser reads codes (BarcodeDetector). Without it the field is typed.
import { all, make } from "./dom";
import { words } from "./words";

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}
type Detectors = { BarcodeDetector?: new (options: { formats: string[] }) => Detector };

const Detector = (window as Detectors).BarcodeDetector;
if (Detector && navigator.mediaDevices) all<HTMLInputElement>("[data-scan]").forEach((field) => offer(field, new Detector({ formats: ["qr_code", "ean_13", "code_128"] })));

function offer(field: HTMLInputElement, detector: Detector) {
  const button = make("button", { class: "btn", type: "button" }, words.scan);
  field.after(button);
  button.addEventListener("click", () => void scan(field, button, detector));
}

async function scan(field: HTMLInputElement, button: HTMLButtonElement, detector: Detector) {
  const video = make("video", { class: "photo" });
  let stream: MediaStream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    button.textContent = words.noCamera;
    button.disabled = true;
    return;
  }
  video.playsInline = true;
  video.muted = true;
  video.srcObject = stream;
  button.after(video);
  await video.play();
  const end = () => {
    stream.getTracks().forEach((track) => track.stop());
    video.remove();
  };
  button.addEventListener("click", end, { once: true });
  while (video.isConnected) {
    const [code] = await detector.detect(video).catch(() => []);
    if (code) {
      field.value = code.rawValue;
      end();
      field.form?.requestSubmit();
      return;
    }
    await new Promise((wake) => setTimeout(wake, 150));
  }
}

// A workbook as annexes of decisions are: six lines of titles, a header, rows, an empty line, a signature.
import { crc32, deflateRawSync } from "node:zlib";
import { ANNEX } from "./generate.mjs";

const escape = (text) => String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const letter = (column) => String.fromCharCode(65 + column);

function line(number, cells) {
  const parts = cells.map((cell, at) => {
    if (cell === null || cell === "") return "";
    const place = `${letter(at)}${number}`;
    return typeof cell === "number" ? `<c r="${place}"><v>${cell}</v></c>` : `<c r="${place}" t="inlineStr"><is><t>${escape(cell)}</t></is></c>`;
  });
  return `<row r="${number}">${parts.join("")}</row>`;
}

/** A ZIP of texts by name. */
function zip(parts) {
  const bodies = [];
  const index = [];
  let at = 0;
  for (const [name, text] of parts) {
    const data = Buffer.from(text);
    const packed = deflateRawSync(data);
    const head = Buffer.alloc(26);
    [[0, 20], [4, 8]].forEach(([offset, value]) => head.writeUInt16LE(value, offset));
    head.writeUInt32LE(crc32(data), 10);
    head.writeUInt32LE(packed.length, 14);
    head.writeUInt32LE(data.length, 18);
    head.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), head, Buffer.from(name), packed]);
    const place = Buffer.alloc(16);
    place.writeUInt32LE(at, 12);
    index.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00", "latin1"), head, place.subarray(2), Buffer.from(name)]));
    bodies.push(local);
    at += local.length;
  }
  const list = Buffer.concat(index);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(parts.length, 4);
  end.writeUInt16LE(parts.length, 6);
  end.writeUInt32LE(list.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...bodies, list, Buffer.from("PK\x05\x06", "latin1"), end]);
}

/** The workbook of these rows. */
export function annex(rows) {
  const lines = [
    line(1, ["ỦY BAN NHÂN DÂN THÀNH PHỐ HÀ NỘI", null, null, null, null, null, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"]),
    line(2, ["VĂN PHÒNG ĐIỀU PHỐI", null, null, null, null, null, "Độc lập - Tự do - Hạnh phúc"]),
    line(4, ["DANH SÁCH SẢN PHẨM OCOP ĐƯỢC ĐÁNH GIÁ, PHÂN HẠNG"]),
    line(5, ["(Kèm theo Quyết định)"]),
    line(7, ANNEX),
    ...rows.map((cells, at) => line(8 + at, cells)),
    line(9 + rows.length, [...Array(9).fill(null), "Người lập biểu"]),
  ];
  const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
  const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  const packs = "http://schemas.openxmlformats.org/package/2006";
  return zip([
    ["[Content_Types].xml", `<?xml version="1.0"?><Types xmlns="${packs}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`],
    ["_rels/.rels", `<?xml version="1.0"?><Relationships xmlns="${packs}/relationships"><Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`],
    ["xl/workbook.xml", `<?xml version="1.0"?><workbook xmlns="${main}" xmlns:r="${office}"><sheets><sheet name="DANH SACH" sheetId="1" r:id="rId1"/></sheets></workbook>`],
    ["xl/_rels/workbook.xml.rels", `<?xml version="1.0"?><Relationships xmlns="${packs}/relationships"><Relationship Id="rId1" Type="${office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`],
    ["xl/worksheets/sheet1.xml", `<?xml version="1.0"?><worksheet xmlns="${main}"><sheetData>${lines.join("")}</sheetData><mergeCells count="2"><mergeCell ref="A1:D1"/><mergeCell ref="G1:M1"/></mergeCells></worksheet>`],
  ]);
}

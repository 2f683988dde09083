// What several stories do with the forms and lists of a record.

/** A day as people write it. */
export const vi = (date) => new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Ho_Chi_Minh", day: "2-digit", month: "2-digit", year: "numeric" }).format(date);

/** Sends a form and waits for the word on it; a form that is refused says why. */
export async function send(page, form) {
  await form.locator('button[type="submit"]').last().click();
  await page.waitForURL("**xong=*").catch(async (error) => {
    throw new Error(`${error.message.split("\n")[0]} ${(await page.locator("main .error, main [role=alert], main .notice").allTextContents()).join(" | ")}`);
  });
}

/** Says yes in the dialog that a button opens. */
export async function sure(page, button) {
  await button.click();
  await Promise.all([page.waitForURL("**xong=*"), page.locator('dialog[open] button[value="yes"]').click()]);
}

/** Opens the folded form of an action and fills it. */
export async function open(page, action, fields) {
  const form = page.locator(`form[action*="${action}"]`).first();
  const fold = page.locator(`details:has(form[action*="${action}"])`).first();
  if ((await fold.count()) && !(await fold.evaluate((node) => node.open))) await fold.locator("summary").first().click();
  for (const [name, value] of Object.entries(fields)) {
    const field = form.locator(`[name="${name}"]`);
    if ((await field.evaluate((node) => node.tagName)) === "SELECT") await field.selectOption(value);
    else await field.fill(value);
  }
  return form;
}

/** The id of a thing that a list links to by its name. */
export async function found(page, world, path, name) {
  await page.goto(`${world.base}${path}?q=${encodeURIComponent(name)}`);
  return (await page.locator(`main a[href^="${path}/"]`, { hasText: name }).first().getAttribute("href")).split("/")[2];
}

/** Answers every item of a survey: met; those of other kinds of place are opened first. */
export async function allMeet(page) {
  for (const fold of await page.locator("details.others-any:not([open])").all()) await fold.locator("summary").first().click();
  for (const verdict of await page.locator("fieldset.verdict").all()) await verdict.locator('label[data-verdict="meets"]').click();
}

/** Ticks a candidate, with the reason that one which has not met everything needs. */
export async function select(row) {
  await row.locator('input[name="select"]').check({ force: true });
  const why = row.locator('textarea[name^="reason"]');
  if (!(await why.count())) return;
  if (!(await why.isVisible())) await row.locator("td details > summary").first().click();
  await why.fill("Đủ điều kiện theo các nhóm đã có nội dung.");
}

/** Answers every line of a dossier with its best answer, those named with the place beside them. */
export async function answerAll(page, base, path, but = {}) {
  const lines = [];
  await page.goto(`${base}${path}`);
  for (const href of await page.locator(`.tasks a[href^="${path}/muc/"]`).evaluateAll((links) => links.map((link) => link.getAttribute("href")))) lines.push(href.split("/").pop());
  for (const no of lines) {
    await page.goto(`${base}${path}/muc/${no}`);
    const answers = page.locator('input[name="answer"]');
    await answers.nth(but[no] ?? (await answers.count()) - 1).check({ force: true });
    await Promise.all([page.waitForURL((url) => !url.pathname.endsWith(`/muc/${no}`)), page.locator('button[value="back"]').click()]);
  }
  return lines.length;
}

/** Begins a dossier; gives its path. */
export async function begin(page, base, product, kind, set) {
  await page.goto(`${base}/ho-so-danh-gia/moi`);
  await page.selectOption('[name="product"]', { label: product });
  await page.locator("label", { hasText: kind }).click();
  if (set) await page.selectOption('[name="set"]', { label: set });
  // a firm says how large it is
  const size = page.locator('input[name="size"][value="small"]');
  if (await size.count()) await size.check({ force: true });
  await send(page, page.locator("main form").last());
  return new URL(page.url()).pathname;
}

/** The commune's report on a dossier. */
export async function report(page, path, fields) {
  for (const [name, value] of Object.entries(fields)) await page.fill(`[name="${name}"]`, value);
  await Promise.all([page.waitForURL("**xong=*"), page.locator(`form[action="${path}/bao-cao"] button.btn-main`).click()]);
}

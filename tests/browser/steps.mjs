// What several stories do with the forms and lists of a record.

/** Sends a form and waits for the word on it. */
export const send = (page, form) => Promise.all([page.waitForURL("**xong=*"), form.locator('button[type="submit"]').last().click()]);

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

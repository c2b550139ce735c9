// A page in a frame of another: its panel alone, and a link to the page as it stands at that moment.

document.documentElement.classList.add('cacr-embed');

/** @param {Event} event */
function refresh({ currentTarget }) {
  const address = new URL(window.location.href);
  for (const name of ['embed', 'embed_options']) address.searchParams.delete(name);
  if (currentTarget instanceof HTMLAnchorElement) currentTarget.href = address.href;
}

const link = document.querySelector('[data-embedded]');
for (const name of ['pointerdown', 'focus', 'click']) link?.addEventListener(name, refresh);

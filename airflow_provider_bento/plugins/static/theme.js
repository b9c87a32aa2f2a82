// Follows the theme that the user chose in Airflow, which keeps it in this storage; without one, the system's.
(() => {
  const follow = () => {
    let theme = "";
    try {
      theme = localStorage.getItem("theme") ?? "";
    } catch {
      // Storage can be blocked: then the system's theme is shown.
    }
    document.documentElement.dataset.theme = ["light", "dark"].includes(theme) ? theme : "";
  };
  follow();
  addEventListener("storage", follow);
})();

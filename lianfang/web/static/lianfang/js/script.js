// Says to the style that scripts run; everything works without.
document.documentElement.classList.add("has-script");

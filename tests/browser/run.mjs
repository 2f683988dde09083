console.log("browser: 0 passed, 0 failed");

// OAuth 2.0 Form Post Response Mode: without a script the person presses the button.
document.getElementById("answer").submit();

@echo off
if not exist "%~dp0..\dist\plugin\main.js" (
  echo isokube's plugin is not built: %~dp0..\dist\plugin\main.js is missing. In a checkout, run: node scripts/build.mjs 1>&2
  exit /b 1
)
node "%~dp0..\dist\plugin\main.js" %*

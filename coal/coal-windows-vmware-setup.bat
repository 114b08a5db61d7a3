@echo off
rem SPDX-License-Identifier: MPL-2.0
rem
rem VMware Workstation's or Player's networks for CoaL on Windows: VMnet8 (NAT) becomes
rem "external", VMnet1 (host-only) becomes "admin". README.md beside this says what for.
rem The addresses are those of networks.sh.
setlocal EnableExtensions

set EXTERNAL_SUBNET=10.88.88.0
set EXTERNAL_NETMASK=255.255.255.0
set EXTERNAL_HOST=10.88.88.1
set ADMIN_SUBNET=10.99.99.0
set ADMIN_NETMASK=255.255.255.0
set ADMIN_HOST=10.99.99.254

set NAME=%~n0
set RUN=call :run
set ACTION=set
:options
if "%~1"=="" goto checks
if "%~1"=="--help" goto usage
if "%~1"=="--undo" (
  set ACTION=undo
) else if "%~1"=="--dry-run" (
  set RUN=call :say
) else if "%~1"=="-n" (
  set RUN=call :say
) else (
  echo %NAME%: unknown option '%~1'; --help lists them 1>&2
  exit /b 2
)
shift
goto options

:usage
echo usage: %NAME% [-n^|--dry-run] [--undo]
exit /b 0

:checks
set KEY=HKLM\SOFTWARE\WOW6432Node\VMware, Inc.
set FOLDER=
for %%P in ("VMware Player" "VMware Workstation") do (
  for /f "tokens=2,*" %%A in ('reg query "%KEY%\%%~P" /v InstallPath 2^>nul ^| find "REG_SZ"') do set FOLDER=%%B
)
if not defined FOLDER (
  echo %NAME%: VMware Workstation is not installed: install it first 1>&2
  exit /b 1
)
set VNETLIB=%FOLDER%vnetlib64.exe
if not exist "%VNETLIB%" set VNETLIB=%FOLDER%vnetlib.exe
if not exist "%VNETLIB%" (
  echo %NAME%: no vnetlib in "%FOLDER%": repair the installation of VMware 1>&2
  exit /b 1
)
if "%RUN%"=="call :run" (
  net session >nul 2>&1
  if errorlevel 1 (
    echo %NAME%: changes settings of the system: start it with "Run as administrator" 1>&2
    exit /b 1
  )
)
rem vnetlib has no console: without start nothing would wait for it
set LIB=%RUN% start "" /wait "%VNETLIB%" --
set STATE=%ProgramData%\VMware
set KEPT=%STATE%\before-coal
if "%ACTION%"=="undo" goto undo

rem Kept once: a second run must not overwrite it with what the first one made. The registry
rem comes last and shows that the rest is complete.
if not exist "%KEPT%\VMnetLib.reg" (
  %RUN% mkdir "%KEPT%"
  %RUN% copy /y "%STATE%\vmnetdhcp.conf" "%KEPT%"
  %RUN% copy /y "%STATE%\vmnetnat.conf" "%KEPT%"
  %RUN% reg export "%KEY%\VMnetLib" "%KEPT%\VMnetLib.reg" /y
)
if "%RUN%"=="call :run" if not exist "%KEPT%\VMnetLib.reg" (
  echo %NAME%: cannot keep the present settings in "%KEPT%": nothing was changed 1>&2
  exit /b 1
)
%LIB% stop dhcp
%LIB% stop nat
%LIB% set vnet vmnet8 mask %EXTERNAL_NETMASK%
%LIB% set vnet vmnet8 addr %EXTERNAL_SUBNET%
%LIB% add dhcp vmnet8
%LIB% add nat vmnet8
%LIB% set vnet vmnet1 mask %ADMIN_NETMASK%
%LIB% set vnet vmnet1 addr %ADMIN_SUBNET%
%LIB% remove dhcp vmnet1
%LIB% remove nat vmnet1
call :update
%RUN% netsh interface ip set address name="VMware Network Adapter VMnet8" static %EXTERNAL_HOST% %EXTERNAL_NETMASK%
%RUN% netsh interface ip set address name="VMware Network Adapter VMnet1" static %ADMIN_HOST% %ADMIN_NETMASK%
exit /b 0

:undo
if not exist "%KEPT%\VMnetLib.reg" (
  echo %NAME%: nothing to undo
  exit /b 0
)
%LIB% stop dhcp
%LIB% stop nat
%RUN% reg import "%KEPT%\VMnetLib.reg"
%RUN% copy /y "%KEPT%\vmnetdhcp.conf" "%STATE%"
%RUN% copy /y "%KEPT%\vmnetnat.conf" "%STATE%"
call :update
%RUN% rmdir /s /q "%KEPT%"
exit /b 0

:update
for %%N in (vmnet1 vmnet8) do (
  %LIB% update dhcp %%N
  %LIB% update nat %%N
  %LIB% update adapter %%N
)
%LIB% start dhcp
%LIB% start nat
exit /b 0

:run
%*
if errorlevel 1 echo %NAME%: failed: %* 1>&2
exit /b 0

:say
echo would run: %*
exit /b 0

"use strict";

App({});

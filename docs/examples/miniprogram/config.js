"use strict";

module.exports = {
  // Where your school serves 办实事; enter the same address as request, uploadFile and downloadFile domain
  // (服务器域名) in the console of the mini program.
  server: "https://bss.example.edu.cn",
};

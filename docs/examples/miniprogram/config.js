"use strict";

module.exports = {
  // Where your school serves 办实事; enter the same address as request, uploadFile and downloadFile domain
  // (服务器域名) in the console of the mini program.
  server: "https://bss.example.edu.cn",
  // At most three templates of 订阅消息 that people are asked for when they file, from the console of the mini
  // program: how it goes on, and that it is done.
  templates: [],
};

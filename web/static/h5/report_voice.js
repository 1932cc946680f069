"use strict";
// A voice note: by WeChat's recorder inside WeChat, by the browser's elsewhere; no button where there is neither.

(() => {
  const voice = document.querySelector("[data-voice]");
  const file = voice.querySelector("[name=voice]");
  const media = voice.querySelector("[name=voice_media]");
  const button = voice.querySelector("[data-voice-record]");
  const words = voice.querySelector("[data-voice-words]");
  const kept = voice.querySelector("[data-voice-kept]");
  const error = voice.querySelector("[data-error=voice]");
  const MOST_SECONDS = 59; // WeChat ends at 60, and so does the server
  // In the order in which most phones can play them back at once.
  const TYPES = ["audio/mp4", "audio/webm;codecs=opus", "audio/ogg;codecs=opus"];
  let began = 0;
  let ticking = 0;
  let recorder = null;

  function recording() {
    began = Date.now();
    button.classList.add("button-danger");
    clearInterval(ticking);
    ticking = setInterval(tick, 250);
    tick();
  }

  function tick() {
    const seconds = Math.floor((Date.now() - began) / 1000);
    words.textContent = `正在录音 ${seconds} 秒，说完再按一下`;
    if (seconds >= MOST_SECONDS) recorder.stop();
  }

  function idle() {
    clearInterval(ticking);
    button.classList.remove("button-danger");
    words.textContent = "不想打字？按一下说话";
    began = 0;
  }

  function done() {
    const seconds = Math.max(1, Math.round((Date.now() - began) / 1000));
    idle();
    voice.querySelector("[data-voice-length]").textContent = `语音 ${seconds} 秒，随提交一起发出`;
    kept.hidden = false;
    button.hidden = true;
    error.hidden = true;
  }

  function failed(sentence) {
    idle();
    error.textContent = sentence;
    error.hidden = false;
  }

  voice.querySelector("[data-voice-remove]").addEventListener("click", () => {
    file.value = "";
    media.value = "";
    kept.hidden = true;
    button.hidden = false;
    button.focus();
  });
  button.addEventListener("click", () => (began ? recorder.stop() : recorder.start()));

  const ofWeChat = {
    start() {
      wx.startRecord({
        success: recording,
        cancel: () => failed("没有允许录音，请写成文字。"),
        fail: () => failed("现在录不了音，请写成文字。"),
      });
    },
    stop() { wx.stopRecord({ success: ({ localId }) => upload(localId), fail: () => failed("没有录下来，请再录一次。") }); },
  };

  function upload(localId) {
    wx.uploadVoice({
      localId,
      isShowProgressTips: 1,
      success: ({ serverId }) => { media.value = serverId; done(); },
      fail: () => failed("语音没有传上去，请再录一次。"),
    });
  }

  function ofBrowser(type) {
    let running = null;
    return {
      async start() {
        let stream;
        try {
          stream = await navigator.mediaDevices.getUserMedia({ audio: true });
        } catch {
          failed("没有允许录音，请写成文字。");
          return;
        }
        const parts = [];
        running = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: 32000 });
        running.ondataavailable = ({ data }) => parts.push(data);
        running.onstop = () => {
          for (const track of stream.getTracks()) track.stop();
          const box = new DataTransfer();
          box.items.add(new File(parts, `voice.${type.slice(6, 9)}`, { type }));
          file.files = box.files;
          done();
        };
        running.start();
        recording();
      },
      stop() { if (running?.state === "recording") running.stop(); },
    };
  }

  function offer(one) {
    recorder = one;
    voice.hidden = false;
  }

  const type = window.MediaRecorder && TYPES.find((each) => MediaRecorder.isTypeSupported(each));
  if (/MicroMessenger/.test(navigator.userAgent)) {
    document.addEventListener("wechat-ready", () => {
      wx.onVoiceRecordEnd({ complete: ({ localId }) => upload(localId) });
      offer(ofWeChat);
    });
  } else if (type && navigator.mediaDevices?.getUserMedia) offer(ofBrowser(type));
})();

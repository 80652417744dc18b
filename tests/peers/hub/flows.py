"""38 flows of the official Hub client against the server at HF_ENDPOINT; RESULT names a file for
what became of each.  Tokens: hf_admin (alice) and hf_bob.  Run by hub_flows_test.py."""
import os, sys, json, tempfile, pathlib, random, time, traceback, subprocess, io
import huggingface_hub as hh
from huggingface_hub import HfApi, CommitOperationAdd, CommitOperationDelete, CommitOperationCopy, hf_hub_download, snapshot_download
from huggingface_hub.utils import *
EP=os.environ["HF_ENDPOINT"]; api=HfApi(token="hf_admin")
print("hub", hh.__version__, "xet disabled:", os.environ.get("HF_HUB_DISABLE_XET"))
R={}
def step(name):
    def d(f):
        t=time.time()
        try: r=f(); R[name]="ok"; print(f"[ok]   {name} {time.time()-t:.2f}s", (str(r)[:160] if r is not None else ""))
        except Exception as e: R[name]=f"FAIL {type(e).__name__}: {e}"; print(f"[FAIL] {name}: {type(e).__name__}: {str(e)[:600]}"); 
        return f
    return d
d=pathlib.Path(tempfile.mkdtemp()); rnd=random.Random(int(os.environ.get("SEED", time.time())))
(d/"README.md").write_text("---\nlicense: mit\n---\n# hi\n"); (d/"sub").mkdir(); (d/"sub/a.txt").write_text("hello"); (d/"big.bin").write_bytes(rnd.randbytes(3_000_000)); (d/"sub/z.bin").write_bytes(bytes(500_000)+b"x"*700_000); (d/"empty.bin").write_bytes(b""); (d/"ignored.tmp").write_text("no"); (d/"sub/f32.bin").write_bytes(b"".join(__import__("struct").pack("<f", i*0.001) for i in range(300000)))
rid=f"alice/m{rnd.randrange(10**6)}"; ds=f"alice/d{rnd.randrange(10**6)}"; sp=f"alice/s{rnd.randrange(10**6)}"
@step("whoami")
def _(): return api.whoami()["name"]
@step("create_repo")
def _(): return repr(api.create_repo(rid))
@step("create_repo exist_ok")
def _(): return repr(api.create_repo(rid, exist_ok=True))
@step("create_repo conflict raises 409")
def _():
    try: api.create_repo(rid)
    except Exception as e: return type(e).__name__+" "+str(e.response.status_code)
    raise AssertionError
@step("create dataset private")
def _(): return repr(api.create_repo(ds, repo_type="dataset", private=True))
@step("upload_file regular")
def _(): return repr(api.upload_file(path_or_fileobj=b"hello world", path_in_repo="hello.txt", repo_id=rid))
@step("upload_file big bytes (lfs)")
def _(): return repr(api.upload_file(path_or_fileobj=(d/"big.bin").read_bytes(), path_in_repo="big.bin", repo_id=rid))
@step("upload_file path")
def _(): return repr(api.upload_file(path_or_fileobj=str(d/"sub/f32.bin"), path_in_repo="f32.bin", repo_id=rid))
@step("upload_file fileobj (BytesIO lfs)")
def _(): return repr(api.upload_file(path_or_fileobj=io.BytesIO(rnd.randbytes(200000)), path_in_repo="obj.bin", repo_id=rid))
@step("upload_file same again (no-op)")
def _(): return repr(api.upload_file(path_or_fileobj=(d/"big.bin").read_bytes(), path_in_repo="big.bin", repo_id=rid))
@step("upload_folder")
def _(): return repr(api.upload_folder(folder_path=str(d), repo_id=ds, repo_type="dataset", ignore_patterns="*.tmp"))
@step("upload_folder again (no-op)")
def _(): return repr(api.upload_folder(folder_path=str(d), repo_id=ds, repo_type="dataset", ignore_patterns="*.tmp"))
@step("upload_folder with delete_patterns+gitignore")
def _():
    (d/".gitignore").write_text("*.tmp\n"); (d/"sub/a.txt").write_text("changed")
    return repr(api.upload_folder(folder_path=str(d), repo_id=ds, repo_type="dataset", delete_patterns="empty*"))
@step("list_repo_files")
def _(): return api.list_repo_files(ds, repo_type="dataset")
@step("list_repo_tree expand")
def _(): return len(list(api.list_repo_tree(ds, repo_type="dataset", recursive=True, expand=True)))
@step("tree subfolder")
def _(): return [x.path for x in api.list_repo_tree(ds, path_in_repo="sub", repo_type="dataset")]
@step("create_commit multi ops")
def _():
    return repr(api.create_commit(ds, repo_type="dataset", commit_message="m", operations=[CommitOperationAdd("n.json", b"{}"), CommitOperationDelete("sub/a.txt"), CommitOperationCopy("big.bin","copy/big.bin"), CommitOperationCopy("README.md","copy/README.md")]))
@step("commit parent mismatch -> 412")
def _():
    first=[c.commit_id for c in api.list_repo_commits(ds, repo_type="dataset")][-1]
    try: api.create_commit(ds, repo_type="dataset", commit_message="m", parent_commit=first, operations=[CommitOperationAdd("q.json", b"{}")])
    except Exception as e: return type(e).__name__+" "+str(e)[:100]
    raise AssertionError
@step("create_pr commit")
def _(): 
    c=api.create_commit(ds, repo_type="dataset", commit_message="pr", create_pr=True, operations=[CommitOperationAdd("pr.json", b"{}")]); return c.pr_url, c.pr_revision
@step("upload_folder create_pr")
def _():
    (d/"new.bin").write_bytes(rnd.randbytes(100000)); c=api.upload_folder(folder_path=str(d), repo_id=ds, repo_type="dataset", create_pr=True); return c.pr_url
@step("tag/branch/refs")
def _():
    api.create_tag(ds, tag="v1.0", repo_type="dataset", tag_message="x"); api.create_tag(ds, tag="v1.0", repo_type="dataset", exist_ok=True); api.create_branch(ds, branch="dev/x", repo_type="dataset"); api.create_branch(ds, branch="dev/x", repo_type="dataset", exist_ok=True)
    r=api.list_repo_refs(ds, repo_type="dataset", include_pull_requests=True); 
    api.upload_file(path_or_fileobj=b"dev", path_in_repo="dev.txt", repo_id=ds, repo_type="dataset", revision="dev/x")
    assert "dev.txt" in api.list_repo_files(ds, repo_type="dataset", revision="dev/x")
    api.delete_branch(ds, branch="dev/x", repo_type="dataset"); api.delete_tag(ds, tag="v1.0", repo_type="dataset"); return [b.name for b in r.branches],[t.name for t in r.tags]
@step("repo_info files_metadata")
def _(): i=api.repo_info(ds, repo_type="dataset", files_metadata=True); return i.sha, i.private, i.siblings[1]
@step("file_exists/repo_exists/revision_exists")
def _(): return api.file_exists(ds,"README.md",repo_type="dataset"), api.file_exists(ds,"nope",repo_type="dataset"), api.repo_exists("alice/none"), api.revision_exists(ds,"zzz",repo_type="dataset")
@step("hf_hub_download")
def _():
    p=hf_hub_download(ds,"big.bin",repo_type="dataset",token="hf_admin",cache_dir=str(d/".c")); assert open(p,"rb").read()==(d/"big.bin").read_bytes()
    p=hf_hub_download(ds,"sub/f32.bin",repo_type="dataset",token="hf_admin",cache_dir=str(d/".c")); assert open(p,"rb").read()==(d/"sub/f32.bin").read_bytes()
    p=hf_hub_download(ds,"README.md",repo_type="dataset",token="hf_admin",cache_dir=str(d/".c")); return p[-80:]
@step("snapshot_download")
def _():
    p=snapshot_download(ds,repo_type="dataset",token="hf_admin",cache_dir=str(d/".c2")); assert open(p+"/big.bin","rb").read()==(d/"big.bin").read_bytes(); return sorted(os.listdir(p))
@step("snapshot_download local_dir")
def _(): p=snapshot_download(ds,repo_type="dataset",token="hf_admin",local_dir=str(d/".ld")); return sorted(os.listdir(p))
@step("private anonymous -> RepositoryNotFound")
def _():
    try: hf_hub_download(ds,"big.bin",repo_type="dataset",token=False,cache_dir=str(d/".c3"))
    except Exception as e: return type(e).__name__
    raise AssertionError
@step("missing repo -> RepositoryNotFound")
def _():
    try: api.repo_info("alice/none")
    except Exception as e: return type(e).__name__
@step("bad token")
def _():
    try: HfApi(token="hf_wrong").whoami()
    except Exception as e: return type(e).__name__, str(e)[:90]
@step("missing file / revision")
def _():
    o=[]
    for kw in (dict(filename="nope"),dict(filename="README.md",revision="nope")):
        try: hf_hub_download(ds,repo_type="dataset",token="hf_admin",cache_dir=str(d/".c"),**kw)
        except Exception as e: o.append(type(e).__name__)
    return o
@step("gated -> GatedRepoError")
def _():
    api.update_repo_settings(rid, gated="auto")
    try: hf_hub_download(rid,"hello.txt",token="hf_bob",cache_dir=str(d/".c"))
    except Exception as e: return type(e).__name__
    raise AssertionError
@step("update_repo_settings")
def _(): api.update_repo_settings(ds, repo_type="dataset", private=False); api.update_repo_settings(rid, gated=False); return api.repo_info(ds,repo_type="dataset").private
@step("space lifecycle")
def _():
    api.create_repo(sp, repo_type="space", space_sdk="docker"); api.add_space_secret(sp,"K","V"); api.add_space_variable(sp,"A","B"); a=api.get_space_runtime(sp).stage; b=api.pause_space(sp).stage; c=api.restart_space(sp, factory_reboot=True).stage; api.request_space_hardware(sp,"t4-small"); api.delete_space_secret(sp,"K"); return str((a,b,c, api.get_space_variables(sp)))
@step("upload_large_folder")
def _():
    if not hasattr(HfApi,"upload_large_folder"): return "REMOVED in this version"
    return api.upload_large_folder(repo_id=ds, repo_type="dataset", folder_path=str(d/"sub"), **({"print_report":False} if "print_report" in HfApi.upload_large_folder.__code__.co_varnames else {}))
@step("429 retry-after honoured")
def _():
    from urllib.request import urlopen, Request
    urlopen(Request(EP+"/__stub/fault",data=json.dumps({"match":"/tree/","status":429,"times":1,"headers":{"RateLimit":'"api";r=0;t=1',"RateLimit-Policy":'"fixed window";"api";q=500;w=300',"Retry-After":"1"}}).encode(),method="POST"))
    t=time.time(); api.list_repo_files(ds,repo_type="dataset"); return round(time.time()-t,2)
@step("hf CLI upload/download")
def _():
    exe=os.path.join(os.path.dirname(sys.executable),"hf"); env=dict(os.environ,HF_TOKEN="hf_admin")
    r=subprocess.run([exe,"upload",f"alice/cli{rnd.randrange(10**6)}",str(d/"sub"),".","--repo-type","dataset","--private"],env=env,capture_output=True,text=True); assert r.returncode==0,(r.stdout,r.stderr[-800:])
    r2=subprocess.run([exe,"download",ds,"README.md","--repo-type","dataset","--local-dir",str(d/".cl")],env=env,capture_output=True,text=True); assert r2.returncode==0,(r2.stdout,r2.stderr[-800:])
    r3=subprocess.run([exe,"auth","whoami"],env=env,capture_output=True,text=True)
    return r.stdout.strip()[-120:], r3.stdout.strip()
@step("HfFileSystem")
def _():
    from huggingface_hub import HfFileSystem
    fs=HfFileSystem(token="hf_admin",endpoint=EP); l=fs.ls(f"datasets/{ds}",detail=False); b=fs.cat_file(f"datasets/{ds}/big.bin",start=10,end=50); assert b==(d/"big.bin").read_bytes()[10:50]
    with fs.open(f"datasets/{ds}/written.txt","w") as f: f.write("x")
    g=fs.glob(f"datasets/{ds}/**/*.bin"); return len(l), g
@step("move+delete")
def _(): api.move_repo(rid, rid+"x"); api.delete_repo(rid+"x"); api.delete_repo("alice/none", missing_ok=True)
if os.environ.get("RESULT"): json.dump(R, open(os.environ["RESULT"], "w"))
print(json.dumps({k:v for k,v in R.items() if v!="ok"},indent=1)); print(sum(v=="ok" for v in R.values()),"/",len(R))

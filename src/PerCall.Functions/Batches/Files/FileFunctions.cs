using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Client.Wire;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;
using PerCall.Functions.Tenancy;
using PerCall.Functions.Transfers;

namespace PerCall.Functions.Batches.Files;

/// <summary>Serves the OpenAI file endpoints for batch inputs and results.</summary>
public sealed class FileFunctions(FileStore store, FileUploads uploads)
{
    [Function("CreateFile")]
    [OpenAiDialect]
    [Operation(
        "Files",
        "Upload a file",
        "A form with purpose=batch and the file: JSON Lines, CSV or TSV, optionally compressed with gzip, or a ZIP archive of pictures. "
            + "At most 100 MB. For files over a few MB, use POST /v1/uploads, which has no size limit.")]
    [Body(typeof(FileForm), "multipart/form-data")]
    [Answer(200, typeof(StoredFile))]
    [Answer(400, typeof(Problem))]
    [Answer(413, typeof(Problem))]
    [Answer(415, typeof(Problem))]
    public async Task<IResult> Create(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/files")] HttpRequest request, CancellationToken cancellation)
    {
        var account = Caller.Required(request.HttpContext).Account;
        var id = await uploads.TakeAsync(request, account, cancellation);
        return TypedResults.Ok((await store.GetAsync(account, id, "file", cancellation)).File);
    }

    [Function("ListFiles")]
    [OpenAiDialect]
    [Operation("Files", "List uploaded files", "Newest first.")]
    [Query("limit", typeof(int), Page.LimitText)]
    [Query("after", typeof(string), Page.AfterText)]
    [Query("order", typeof(string), "Sort order; allowed: desc (newest first).")]
    [Query("purpose", typeof(string), "Filter by purpose. All uploaded files have the purpose batch; any other value gives an empty list.")]
    [Answer(200, typeof(StoredFileList))]
    [Answer(400, typeof(Problem))]
    public async Task<IResult> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v1/files")] HttpRequest request, CancellationToken cancellation)
    {
        var page = Page.Of(request);
        if (request.Query["order"].ToString() is { Length: > 0 } order and not "desc")
        {
            throw RefusedException.BadRequest(
                "invalid_order", $"'order' is '{Page.Short(order)}'; allowed: desc (newest first).", "order");
        }

        if (request.Query["purpose"].ToString() is { Length: > 0 } and not FileStore.Purpose)
        {
            return TypedResults.Ok(new StoredFileList { Data = [], HasMore = false });
        }

        var files = await store.ListAsync(
            Caller.Required(request.HttpContext).Account, page.After, cancellation).Take(page.Limit + 1).ToListAsync(cancellation);
        var shown = files.Take(page.Limit).ToList();
        return TypedResults.Ok(
            new StoredFileList
            {
                Data = shown,
                FirstId = shown.FirstOrDefault()?.Id,
                LastId = shown.LastOrDefault()?.Id,
                HasMore = files.Count > shown.Count
            });
    }

    [Function("GetFile")]
    [OpenAiDialect]
    [Operation("Files", "Get a file")]
    [Answer(200, typeof(StoredFile))]
    [Answer(404, typeof(Problem))]
    public async Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v1/files/{id}")] HttpRequest request, string id,
        CancellationToken cancellation) =>
        TypedResults.Ok((await store.GetAsync(Caller.Required(request.HttpContext).Account, id, "id", cancellation)).File);

    [Function("GetFileContent")]
    [OpenAiDialect]
    [Operation("Files", "Download a file", "The content as it was uploaded or written. Supports range requests.")]
    [Answer(200, typeof(byte[]))]
    [Answer(404, typeof(Problem))]
    public async Task<IResult> Content(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v1/files/{id}/content")] HttpRequest request, string id,
        CancellationToken cancellation)
    {
        var found = await store.GetAsync(Caller.Required(request.HttpContext).Account, id, "id", cancellation);
        return await BlobAnswers.StreamAsync(found.Blob, found.File.Filename, "application/octet-stream", cancellation);
    }

    [Function("DeleteFile")]
    [OpenAiDialect]
    [Operation("Files", "Delete a file", "A batch that is still reading the file fails with input_deleted.")]
    [Answer(200, typeof(DeletedFile))]
    [Answer(404, typeof(Problem))]
    public async Task<IResult> Delete(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "v1/files/{id}")] HttpRequest request, string id,
        CancellationToken cancellation)
    {
        await FileStore.DeleteAsync(
            await store.GetAsync(Caller.Required(request.HttpContext).Account, id, "id", cancellation), cancellation);
        return TypedResults.Ok(new DeletedFile(id, Deleted: true));
    }
}

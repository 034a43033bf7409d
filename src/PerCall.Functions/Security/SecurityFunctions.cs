using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace PerCall.Functions.Security;

/// <summary><c>GET /.well-known/security.txt</c>.</summary>
public sealed class SecurityFunctions(SecurityText text)
{
    [Function("SecurityTxt")]
    public Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = ".well-known/security.txt")] HttpRequest request) =>
        Task.FromResult<IResult>(TypedResults.Text(text.Write(), "text/plain; charset=utf-8"));
}

using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace PerCall.Functions.ApiReference;

/// <summary>The OpenAPI document, made on the first request for it; the functions do not change while the process runs.</summary>
public sealed class ApiDocument([FromKeyedServices(ApiReferenceServices.Document)] IOpenApiDocumentProvider provider)
{
    private byte[]? _json;

    public async ValueTask<byte[]> ReadAsync(CancellationToken cancellation)
    {
        if (_json is null)
        {
            var document = await provider.GetOpenApiDocumentAsync(cancellation);
            using var stream = new MemoryStream();
            await document.SerializeAsJsonAsync(stream, OpenApiSpecVersion.OpenApi3_1, cancellation);
            _json = stream.ToArray();
        }

        return _json;
    }
}

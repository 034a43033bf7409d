using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.OpenApi;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;

namespace PerCall.Functions.ApiReference;

/// <summary>
/// The OpenAPI document. It is built at the first request for it, by a generator with its own service provider: most instances never serve
/// it, so it must not slow the start. The functions do not change while the process runs.
/// </summary>
public sealed class ApiDocument(FunctionRoutes routes, IHostEnvironment environment)
{
    private const string Name = "v1";

    // In the order a newcomer needs. Tags of further tasks follow the first three.
    private static readonly string[] Tasks = ["Images", "Text", "Recommendation"];
    private static readonly string[] Others =
        ["Open Inference", "Hugging Face", "Predictions", "Models", "Keys", "Webhooks", "Usage", "Management", "Health"];

    private byte[]? _json;

    public async ValueTask<byte[]> ReadAsync(CancellationToken cancellation) => _json ??= await GenerateAsync(cancellation);

    private async Task<byte[]> GenerateAsync(CancellationToken cancellation)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(environment);
        services.AddSingleton(routes);
        services.Configure<JsonOptions>(RequestServices.UseWireJson);
        // Registered first: the generator does not replace an existing provider.
        services.AddSingleton<IApiDescriptionGroupCollectionProvider, FunctionDescriptions>();
        services.AddOpenApi(Name, options =>
        {
            options.AddOperationTransformer<OperationDetails>();
            options.AddSchemaTransformer<OneOrMany>();
            options.AddDocumentTransformer((document, _, _) =>
            {
                Describe(document);
                return Task.CompletedTask;
            });
        });
        await using var provider = services.BuildServiceProvider();
        var document = await provider.GetRequiredKeyedService<IOpenApiDocumentProvider>(Name).GetOpenApiDocumentAsync(cancellation);
        using var stream = new MemoryStream();
        await document.SerializeAsJsonAsync(stream, OpenApiSpecVersion.OpenApi3_1, cancellation);
        return stream.ToArray();
    }

    private static void Describe(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "PerCall",
            Version = typeof(ApiDocument).Assembly.GetName().Version!.ToString(3),
            Description = "Pay-per-call AI: ONNX models and large language models as a metered API.",
        };
        var used =
            from path in document.Paths.Values
            from operation in path.Operations ?? []
            from tag in operation.Value.Tags ?? new HashSet<OpenApiTagReference>()
            select tag.Reference.Id!;
        var names = Tasks.Union(used.Except(Others).Order(StringComparer.Ordinal)).Concat(Others);
        document.Tags = new HashSet<OpenApiTag>(names.Select(name => new OpenApiTag { Name = name }));
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.AddComponent(OperationDetails.OperatorScheme, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "The operator's key.",
        });
        document.AddComponent(OperationDetails.TenantScheme, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "A tenant's key.",
        });
    }
}

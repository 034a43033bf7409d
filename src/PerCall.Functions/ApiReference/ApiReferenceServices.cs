using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.OpenApi;

namespace PerCall.Functions.ApiReference;

/// <summary>Registers the API's description.</summary>
internal static class ApiReferenceServices
{
    public const string Document = "v1";

    // As a newcomer wants to meet them.
    private static readonly string[] TagsInOrder = ["Images", "Models", "Management", "Health"];

    public static void AddApiReference(this IHostApplicationBuilder builder)
    {
        // Registered first: the generator keeps a provider that is there.
        builder.Services.AddSingleton<IApiDescriptionGroupCollectionProvider, FunctionDescriptions>();
        builder.Services.AddOpenApi(Document, options =>
        {
            options.AddOperationTransformer<OperationDetails>();
            options.AddDocumentTransformer((document, _, _) =>
            {
                document.Info = new OpenApiInfo
                {
                    Title = "PerCall",
                    Version = typeof(ApiReferenceServices).Assembly.GetName().Version!.ToString(3),
                    Description = "Pay-per-call AI: ONNX models as a metered API.",
                };
                document.Tags = new HashSet<OpenApiTag>(TagsInOrder.Select(name => new OpenApiTag { Name = name }));
                document.Servers = [new OpenApiServer { Url = "/" }];
                document.AddComponent(OperationDetails.OperatorScheme, new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http,
                    Scheme = "bearer",
                    Description = "The operator's key.",
                });
                return Task.CompletedTask;
            });
        });
        builder.Services.AddSingleton<ApiDocument>();
    }
}
